#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Asks a machine that hangs what it is doing: Xen by its debug keys, dom0's
kernel by SysRq on its console, the emulated CPUs by QEMU's monitor. What Xen and
dom0 answer goes to the serial port's log, the CPUs' registers to stdout.

Usage: interrogate.py SERIAL-SOCKET MONITOR-SOCKET
"""
import re
import socket
import sys
import time

# Xen's and dom0's consoles share the port: three times this changes sides.
SWITCH = b"\x01\x01\x01"
# What dom0's console takes for the break signal, as SysRq's first half.
SYSRQ = b"\x0f"
# vcpus and event channels, run queues, timers, dom0's and all CPUs' registers,
# the guest's control blocks.
XEN_KEYS = b"qera0dv"
# blocked tasks, all tasks, backtraces of CPUs
DOM0_KEYS = b"wtl"


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(1)
    return s


def drain(s, seconds):
    """Reads what comes, so that the port never blocks; gives it back."""
    out = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            got = s.recv(65536)
        except socket.timeout:
            continue
        if not got:
            break
        out += got
    return out


def main():
    serial, monitor = connect(sys.argv[1]), connect(sys.argv[2])

    drain(monitor, 0.5)
    for _ in range(3):
        monitor.sendall(b"info registers -a\n")
        text = drain(monitor, 1.5).decode(errors="replace")
        # The monitor edits its line as it echoes it.
        print(re.sub(r".*\x1b\[K|\r", "", text))
    for key in DOM0_KEYS:
        serial.sendall(SYSRQ + bytes([key]))
        drain(serial, 2)
    serial.sendall(SWITCH)
    for key in XEN_KEYS:
        serial.sendall(bytes([key]))
        drain(serial, 2)


if __name__ == "__main__":
    main()
