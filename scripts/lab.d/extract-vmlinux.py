#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Takes the ELF kernel out of an x86 bzImage.

The setup header says where the compressed payload lies (boot protocol 2.08:
payload_offset at 0x248, payload_length at 0x24c, both relative to the
protected-mode code), so nothing is searched for.
"""
import gzip
import lzma
import struct
import subprocess
import sys


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as image:
        data = image.read()
    if data[0x202:0x206] != b"HdrS":
        sys.exit(f"{source}: not a bzImage")
    setup_sects = data[0x1F1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (setup_sects + 1) * 512 + offset
    # The last four bytes are the unpacked size, not part of the stream.
    payload = data[start : start + length - 4]
    if payload[:2] == b"\x1f\x8b":
        kernel = gzip.decompress(payload)
    elif payload[:6] == b"\xfd7zXZ\0":
        kernel = lzma.decompress(payload)
    elif payload[:4] == b"\x28\xb5\x2f\xfd":
        kernel = subprocess.run(
            ["zstd", "-dcq"], input=payload, stdout=subprocess.PIPE, check=True
        ).stdout
    else:
        sys.exit(f"{source}: unknown compression {payload[:6].hex()}")
    if kernel[:4] != b"\x7fELF":
        sys.exit(f"{source}: no ELF kernel inside")
    with open(target, "wb") as out:
        out.write(kernel)


main()
