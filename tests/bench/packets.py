#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Small UDP packets as fast as the interface takes them, by the kernel's packet
generator: what a program's system calls cost does not count.

packets.py ADDRESS SIZE SECONDS

SIZE is what a packet carries, in bytes. Prints "PACKETS MICROSECONDS": those that the
interface has taken, in the time that the generator was at it.
"""
import re
import subprocess
import sys
import threading
import time

PKTGEN = "/proc/net/pktgen/"
# The discard port, where nobody answers.
PORT = 9
# Ethernet's, IP's and UDP's
HEADERS = 14 + 20 + 8


def tell(name, *commands):
    """It takes one command for each write."""
    for command in commands:
        with open(PKTGEN + name, "w", encoding="ascii") as file:
            file.write(command + "\n")


def said(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def way_to(address):
    """The interface, and the other end's address on that network."""
    said("ping", "-c", "1", "-W", "5", address)
    device = re.search(r" dev (\S+)", said("ip", "route", "get", address)).group(1)
    near = said("ip", "neigh", "show", address, "dev", device)
    return device, re.search(r" lladdr (\S+)", near).group(1)


def generate(seconds):
    """"start" returns once all is over."""
    generator = threading.Thread(target=tell, args=("pgctrl", "start"))
    generator.start()
    time.sleep(seconds)
    tell("pgctrl", "stop")
    generator.join()


def result(device):
    with open(PKTGEN + device, encoding="ascii") as file:
        text = file.read()
    found = re.search(r"Result: OK: (\d+)\(.*?\) usec, (\d+) ", text)
    if not found:
        sys.exit("packets.py: the generator has no result: " + text)
    return "%s %s" % (found.group(2), found.group(1))


def main():
    address, size, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    device, mac = way_to(address)
    subprocess.run(["modprobe", "pktgen"], check=True)
    tell("pgctrl", "reset")
    tell("kpktgend_0", "add_device " + device)
    tell(device, "count 0", "delay 0", "pkt_size %d" % (size + HEADERS),
         "dst " + address, "dst_mac " + mac,
         "udp_dst_min %d" % PORT, "udp_dst_max %d" % PORT)
    generate(seconds)
    print(result(device))


if __name__ == "__main__":
    main()
