# SPDX-License-Identifier: GPL-2.0-only
"""What a run costs, as dom0 sees it: CPU time of the domains by Xen's own
account, which has nanoseconds, or instructions with --icount; interrupts of
dom0's and the guest's event channels; and a trace of Xen's, which is evaluated
on the host.
"""
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, "/usr/lib/xen-4.17/lib/python")

# pylint: disable=wrong-import-position,import-error,no-name-in-module
from xen.lowlevel.xc import xc as XC  # noqa: E402

LOGS = "/var/log/bench/"
# Runstates, hypercalls of PV guests, exits and hypercalls of others: the classes
# TRC_SCHED, TRC_PV and TRC_HVM, their first two subclasses.
EVENTS = "0x2a3000"
INTERRUPTS = "/proc/interrupts"


def event_interrupts(text):
    """Interrupts of dynamic event channels."""
    total = 0
    for line in text.splitlines():
        if "xen-dyn" in line:
            total += sum(int(n) for n in
                         re.match(r"\s*\d+:((?:\s+\d+)+)", line).group(1).split())
    return total


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Counters:
    """Of all domains, from its creation on."""

    def __init__(self, guest):
        self.guest = guest
        self.xc = XC()
        self.start = self.now()

    def now(self):
        interrupts = {
            "guest": event_interrupts(self.guest.run({"argv": ["cat", INTERRUPTS]})),
            "dom0": event_interrupts(read(INTERRUPTS))}
        cpu = {str(d["domid"]): d["cpu_time"] for d in self.xc.domain_getinfo()}
        return {"time": time.monotonic_ns(), "cpu": cpu, "interrupts": interrupts}

    def since(self):
        now = self.now()
        return {
            "elapsed": now["time"] - self.start["time"],
            "cpu": {d: t - self.start["cpu"].get(d, 0)
                    for d, t in now["cpu"].items()},
            "interrupts": {d: n - self.start["interrupts"][d]
                           for d, n in now["interrupts"].items()}}


class Trace:
    """xentrace, from its creation to end()."""

    def __init__(self, name):
        self.file = name + ".trace"
        self.process = subprocess.Popen(
            ["/usr/lib/xen-4.17/bin/xentrace", "-D", "-S", "512", "-e", EVENTS,
             LOGS + self.file], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # It has no way to say that it has begun.
        time.sleep(0.5)

    def end(self):
        time.sleep(0.2)
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30):
            raise RuntimeError("xentrace: status %d" % self.process.returncode)
        return self.file
