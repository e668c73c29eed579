# SPDX-License-Identifier: GPL-2.0-only
"""Compare Xen's dump of a guest's grants with what the guest says.

usage: grants.py XL-DMESG DOMID [FIRST-REF COUNT]...

Each reference that the arguments name must be granted to dom0, and each that
is mapped must be one of them. The grants that libxl makes by itself (console
and xenstore rings: the reserved references 0 and 1) are left aside.
"""
import re
import sys

RESERVED = 8


def active(path, domid):
    """Yield (ref, shared flags, granted-to domain) of a domain's entries."""
    here = False
    for line in open(path, errors="replace"):
        line = re.sub(r"^\(XEN\)\s*(\[[^]x]*\]\s*)?", "", line).rstrip()
        if "gnttab_usage_print_all" in line or "grant-table for remote" in line:
            m = re.search(r"remote d(?:om)?(\d+)", line)
            here = bool(m) and int(m.group(1)) == domid
            continue
        m = re.match(r"\[(0x[0-9a-f]+|\d+)\]\s+(\d+)\s+(0x[0-9a-f]+)\s+"
                     r"(0x[0-9a-f]+)\s+(\d+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)",
                     line)
        if here and m:
            yield int(m.group(1), 0), int(m.group(4), 16), int(m.group(2))


def main():
    path, domid = sys.argv[1], int(sys.argv[2])
    numbers = list(map(int, sys.argv[3:]))
    said = set()
    for first, count in zip(numbers[::2], numbers[1::2]):
        said |= set(range(first, first + count))

    mapped = {ref for ref, _, _ in active(path, domid) if ref >= RESERVED}
    others = {dom for _, _, dom in active(path, domid)} - {0}
    print(f"guest {domid}: {len(said)} references said to be granted, "
          f"{len(mapped)} active in Xen's dump")
    ok = True
    if not mapped:
        print("Xen's dump has no active grant of this guest: not understood?")
        ok = False
    if mapped - said:
        print("mapped, but neither bus page nor window:",
              sorted(mapped - said)[:20])
        ok = False
    if said - mapped:
        print("bus page or window, but not mapped:", sorted(said - mapped)[:20])
        ok = False
    if others:
        print("mapped by domains other than dom0:", sorted(others))
        ok = False
    return 0 if ok else 1


sys.exit(main())
