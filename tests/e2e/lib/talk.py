# SPDX-License-Identifier: GPL-2.0-only
"""Two ends of a conversation by xenstore: dom0's script and the guest's.

usage: talk.py MINE OTHERS

Each line of the input becomes the value of the node MINE; each new value of the
node OTHERS becomes a line of the output. It goes on until the input ends, so that
a word costs no process: in the lab it takes a tenth of a second to start one, and
with xenstore's own tools a question and its answer take four.
"""
import os
import select
import socket
import struct
import sys

SOCKET = "/run/xenstored/socket"	# where xenstored itself runs
DEVICE = "/dev/xen/xenbus"
HEADER = struct.Struct("=IIII")		# type, request, transaction, length
READ, WATCH, WRITE, WATCH_EVENT, ERROR = 2, 4, 11, 15, 16


class Store:
    """A connection to xenstore; changed says that a watch has fired."""

    def __init__(self):
        if os.path.exists(SOCKET):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(SOCKET)
            self.fd = self.socket.fileno()
        else:
            self.fd = os.open(DEVICE, os.O_RDWR)
        self.received = b""
        self.changed = False

    def message(self):
        """The next message that has come whole, or None."""
        if len(self.received) < HEADER.size:
            return None
        kind, _, _, length = HEADER.unpack_from(self.received)
        end = HEADER.size + length
        if len(self.received) < end:
            return None
        body = self.received[HEADER.size:end]
        self.received = self.received[end:]
        if kind == WATCH_EVENT:
            self.changed = True
        return kind, body

    def receive(self):
        data = os.read(self.fd, 4096)
        if not data:
            sys.exit("talk.py: xenstore has gone")
        self.received += data

    def ask(self, kind, *parts):
        """What xenstore answers; None if there is no such node."""
        body = b"".join(parts)
        os.write(self.fd, HEADER.pack(kind, 0, 0, len(body)) + body)
        while True:
            answer = self.message()
            if not answer:
                self.receive()
            elif answer[0] == ERROR and answer[1] == b"ENOENT\0":
                return None
            elif answer[0] == ERROR:
                sys.exit(f"talk.py: xenstore says {answer[1]} to {body}")
            elif answer[0] == kind:
                return answer[1]


def main():
    mine, others = (arg.encode() + b"\0" for arg in sys.argv[1:])
    store = Store()
    typed, last = b"", None
    # The first event comes at once, whether the node is there or not.
    store.ask(WATCH, others, b"others\0")
    while True:
        while store.message():
            pass
        if store.changed:
            store.changed = False
            value = store.ask(READ, others)
            if value is not None and value != last:
                last = value
                os.write(1, value + b"\n")
            continue
        ready = select.select([0, store.fd], [], [])[0]
        if store.fd in ready:
            store.receive()
        if 0 in ready:
            data = os.read(0, 4096)
            if not data:
                return
            *lines, typed = (typed + data).split(b"\n")
            for line in lines:
                store.ask(WRITE, mine, line)


main()
