# SPDX-License-Identifier: GPL-2.0-only
"""What is to be measured: the cases, the devices that they need, and the steps
in their order.
"""
import fnmatch
import pathlib
import tomllib

CASES = pathlib.Path(__file__).resolve().parents[2] / "tests/bench/cases.toml"
BASELINE = {"fio": "blkfront", "net": "netfront"}
# Buffers of so many bytes are granted where they are, for the request alone.
INPLACE_MIN = {"window": 0, "inplace": 4096, "anew": 1}
# By qemu-storage-daemon, where the kernel would do it.
DAEMON = "daemon"
# As it is attached if nothing is said of queues: all others have one.
QUEUES = "queues"
# null_blk in the guest itself: what no driver can do better than.
LOCAL = "local"
# Times as many requests where they are not traced.
LONGER = 4
# The variants that a target is for.
COMPARED = ("window", QUEUES, "virtio")


def load_cases(path=CASES):
    with open(path, "rb") as file:
        return tomllib.load(file)["case"]


def load_limits(path=CASES):
    with open(path, "rb") as file:
        return tomllib.load(file)["limit"]


def select(cases, patterns):
    """Those of which the name matches one of the patterns; all without any."""
    return [c for c in cases if not patterns or
            any(fnmatch.fnmatch(c["name"], p) for p in patterns)]


def unit(case):
    """What a rate is to be multiplied with, and what that is called."""
    if case["tool"] == "fio":
        if case["bs"] == "4k":
            return 1, "IOPS"
        return int(case["bs"].rstrip("k")) * 1024 / 1e6, "MB/s"
    return {"tcp": (1e-6, "Mbit/s"), "rr": (1, "turns/s"),
            "udp": (1, "packets/s"),
            "packets": (1, "packets/s")}[case["load"]]


def request_name(case):
    """What the cost is for one of."""
    if case["tool"] == "fio":
        return case["bs"]
    return {"tcp": "MiB", "rr": "turn", "udp": "packet"}[case["load"]]


def devices(cases):
    """The lab's --device arguments, and the disks' names for the guest. Each
    disk has a backing device of its own, of one kind and size. One that is local
    is the guest's business.
    """
    specs = ["net", "xen-net"]
    disks = []
    count = {"virtio": 0, "xen": 0, LOCAL: 0}
    wanted = {(c["store"], v) for c in cases if c["tool"] == "fio"
              for v in c["variants"] + [BASELINE["fio"]]}
    for store, variant in sorted(wanted):
        bus = {BASELINE["fio"]: "xen", LOCAL: LOCAL}.get(variant, "virtio")
        kind = ("xen-" if bus == "xen" else "") + store + "-blk"
        if bus == "virtio" and variant != QUEUES:
            kind += ",queues=1"
        if INPLACE_MIN.get(variant):
            kind += ",single-grants=1"
        if variant == DAEMON:
            kind += ",server=daemon"
        if bus != LOCAL:
            specs.append(kind)
        disks.append({"name": store + "." + variant, "bus": bus,
                      "index": count[bus],
                      "inplace_min": INPLACE_MIN.get(variant, 0)})
        count[bus] += 1
    return specs, disks


def rotated(variants, by):
    by %= len(variants)
    return variants[by:] + variants[:by]


def with_baseline(case):
    return case["variants"] + [BASELINE[case["tool"]]]


def rate_steps(cases, rounds, runtime):
    """Each round has all cases, each case all its variants back to back, in an
    order that differs from round to round. Those that need another guest come
    last: until then it is not there.
    """
    alone = [c for c in cases if c.get("peer") != "guest"]
    paired = [c for c in cases if c.get("peer") == "guest"]
    return [{"kind": "rate", "round": number, "case": case, "runtime": runtime,
             "variants": rotated(with_baseline(case), number - 1)}
            for group in (alone, paired)
            for number in range(1, rounds + 1) for case in group]


def cost_steps(cases, rounds, trace, apart=False):
    """Those cases that say how many requests. @apart: the trace is of runs of
    its own, so that what tracing costs is in no account.
    """
    return [{"kind": "cost", "round": number, "case": case, "trace": trace,
             "apart": apart,
             "variants": case["costs"] + [BASELINE[case["tool"]]],
             "requests": case["requests"]}
            for number in range(1, rounds + 1)
            for case in cases if "requests" in case]


def of_compared(cases):
    """With no more costs than those of what the targets are for."""
    return [{**case, "costs": [v for v in case["costs"] if v in COMPARED]}
            if "costs" in case else case for case in cases]


def of_one_cpu(cases):
    """Where a queue for each processor is one queue."""
    return [{**case, "costs": [v for v in case["costs"] if v != QUEUES]}
            for case in cases]


def longer(case):
    """With so many requests more that what starting the program takes more or less
    of, from time to time, does not matter. Large blocks would come to the end of
    their file, and what a program takes is less beside them.
    """
    small, large = case["requests"]
    if case.get("bs", "4k") != "4k":
        return case
    return {**case, "requests": [small, small + LONGER * (large - small)]}


def left(steps, lines):
    """The steps that not all of the results are there of."""
    have = {(line["kind"], line["round"], line["case"], line["variant"])
            for line in lines}
    return [step for step in steps
            if any((step["kind"], step["round"], step["case"]["name"], variant)
                   not in have for variant in step["variants"])]


def make(cases, steps):
    """The --device arguments, and the plan for dom0.py."""
    specs, disks = devices(cases)
    return specs, {"disks": disks, "steps": steps}


def seconds(steps):
    """About how long they take."""
    total = 0
    for step in steps:
        count = len(step["variants"])
        total += 2 + count * ((step["runtime"] + 1) if step["kind"] == "rate" else 15)
    return int(total)
