# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the evaluation, with made-up figures of which the result is known.
Each returns what is wrong, or nothing.
"""
import json
import pathlib
import re
import struct
import sys
import tempfile

import lab
import plan
import plot
import summary
import table
import trace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/bench"))

# pylint: disable=wrong-import-position
import tools  # noqa: E402

CASE = {"name": "one", "tool": "fio", "store": "null", "rw": "randread",
        "bs": "4k", "depth": 1, "variants": ["window"], "target": 1.5,
        "requests": [100, 300]}


def differ(found, expected):
    return [] if found == expected else [f"{found!r} is not {expected!r}"]


def lines_of(window, blkfront):
    """Rates of as many rounds as there are figures."""
    for variant, values in (("window", window), ("blkfront", blkfront)):
        for number, rate in enumerate(values, 1):
            yield {"kind": "rate", "case": "one", "variant": variant,
                   "round": number, "rate": rate}


def test_ratio_round_by_round():
    """The median of the ratios, not the ratio of the medians."""
    found = summary.rates([CASE], list(lines_of([10, 100, 30], [10, 400, 10])))
    ratio = found["one"]["variants"]["window"]["ratio"]
    return differ(ratio, {"median": 1.0, "min": 0.25, "max": 3.0,
                          "rounds": [1.0, 0.25, 3.0]})


def test_missing_round():
    """A round of which one half is missing is no round."""
    try:
        summary.rates([CASE], list(lines_of([10, 20], [10])))
    except ValueError:
        return []
    return ["a missing round was not noticed"]


def test_target():
    """Met or not, as the median says."""
    wrong = []
    for rate, word in ((16, "yes"), (14, "NO")):
        found = summary.rates([CASE], list(lines_of([rate], [10])))
        last = list(table.rate_lines([CASE], found))[-1].split()[-1]
        wrong += differ(last, word)
    return wrong


def cost_line(requests, cpu):
    return {"kind": "cost", "case": "one", "variant": "window", "round": 1,
            "requests": requests, "elapsed": 10 * requests,
            "cpu": {"0": cpu, "1": 2 * cpu, "7": 5},
            "interrupts": {"dom0": requests, "guest": 0}}


def test_cost_is_difference():
    """What the program costs before its first request does not count."""
    found = summary.costs([cost_line(100, 5000), cost_line(300, 9000)], None)
    found = {name: value["median"] for name, value in found["one"]["window"].items()}
    return differ(found, {"dom0 cpu": 20, "guest cpu": 40, "elapsed": 10,
                          "dom0 interrupts": 1, "guest interrupts": 0})


def record(event, *words):
    return struct.pack(f"<{1 + len(words)}I", event | len(words) << 28, *words)


def stamped(event, *words):
    return struct.pack(f"<{3 + len(words)}I", event | len(words) << 28 | 1 << 31,
                       1, 2, *words)


def runs(domain, vcpu):
    return stamped(trace.RUNSTATE_CHANGE | 1 << 8, domain << 16 | vcpu)


def hypercall(event, number, *words):
    """With 32-bit arguments 0 and 2, as grant_table_op has them."""
    present = (1 << 20 | 1 << 24) if words else 0
    return record(event, number | present, *words)


def made_up_trace():
    """Two CPUs, dom0 and the guest's virtual CPUs on each in turn."""
    return b"".join((
        record(trace.CPU_CHANGE, 0, 0), runs(0, 0),
        hypercall(trace.PV_HYPERCALL, 20, 0, 11), hypercall(trace.PV_HYPERCALL, 32),
        record(trace.CPU_CHANGE, 1, 0), runs(1, 0),
        record(trace.HVM_VMMCALL, 32), stamped(trace.HVM_VMEXIT | trace.FLAG_64, 1, 2, 3),
        record(trace.CPU_CHANGE, 0, 0),
        hypercall(trace.PV_HYPERCALL, 13), hypercall(trace.PV_SUBCALL, 20, 5, 3),
        runs(1, 1), hypercall(trace.PV_HYPERCALL, 29)))


def test_trace():
    """Who has done what, and how many grants a hypercall was for."""
    found = {d: dict(c) for d, c in trace.count(made_up_trace()).items()}
    return differ(found, {
        0: {"hypercalls": 3, "io_hypercalls": 2, "grant_table_op": 1, "event_channel_op": 1,
            "multicall": 1, "grant_map": 11, "grant_copy": 3,
            "grant_hypercalls": 2},
        1: {"hypercalls": 2, "io_hypercalls": 1, "event_channel_op": 1, "sched_op": 1, "exits": 1}})


def test_limits():
    """At most means that as much is still allowed; nothing traced, nothing said."""
    limit = {"case": "one", "variant": "window", "counter": "guest hypercalls",
             "most": 0.2}
    wrong = []
    for value, words in ((0.2, ["met"]), (0.21, ["NOT met"])):
        costs = {"one": {"window": {"guest hypercalls": {"median": value}}}}
        wrong += differ([line.rsplit(": ", 1)[1] for line in
                         table.limit_lines([limit], costs)], words)
    return wrong + differ(list(table.limit_lines([limit], {"one": {"window": {}}})), [])


def test_lost_records():
    try:
        trace.count(record(trace.LOST_RECORDS, 1))
    except ValueError:
        return []
    return ["lost records were not noticed"]


def test_rotation():
    """Each variant comes first as often as the others."""
    case = {**CASE, "variants": ["window", "inplace", "anew"]}
    steps = plan.rate_steps([case], 4, 1)
    return differ(sorted(s["variants"][0] for s in steps),
                  ["anew", "blkfront", "inplace", "window"])


def test_interrupted():
    """A boot that was interrupted: the next one does what is not whole, and
    costs once more, for their traces are gone.
    """
    steps = plan.cost_steps([{**CASE, "costs": ["window"]}], 1, True)
    steps += plan.rate_steps([CASE], 2, 1)
    cost = [{"kind": "cost", "case": "one", "round": 1, "variant": variant}
            for variant in ("window", "blkfront")]
    rates = list(lines_of([10, 20], [10]))
    with tempfile.TemporaryDirectory() as directory:
        where = pathlib.Path(directory)

        def boot(lines):
            (where / "output").write_text("".join(
                f"{lab.RESULT}{json.dumps(line)}\n" for line in lines),
                encoding="utf-8")
        boot(cost + rates)
        lab.set_aside(where)
        left = plan.left(steps, lab.read(where))
        wrong = differ([(step["kind"], step["round"]) for step in left],
                       [("cost", 1), ("rate", 2)])
        last = [line for line in lines_of([10, 40], [10, 20]) if line["round"] == 2]
        boot(cost + last)
        lines = lab.read(where)
    ratio = summary.rates([CASE], lines)["one"]["variants"]["window"]["ratio"]
    return (wrong + differ(ratio["rounds"], [1.0, 2.0]) +
            differ([line for line in lines if line["kind"] == "cost"], cost))


def test_longer():
    """As many more, of small requests only."""
    return (differ(plan.longer(CASE)["requests"], [100, 900]) +
            differ(plan.longer({**CASE, "bs": "64k"})["requests"], [100, 300]))


def test_devices():
    """Each variant has a backing device of its own, of the same kind; what is
    local needs none.
    """
    specs, disks = plan.devices(
        [{**CASE, "variants": ["window", "queues", "anew", "local"]}])
    return (differ(specs, ["net", "xen-net", "null-blk,queues=1,single-grants=1",
                           "xen-null-blk", "null-blk", "null-blk,queues=1"]) +
            differ([(d["name"], d["bus"], d["index"]) for d in disks],
                   [("null.anew", "virtio", 0), ("null.blkfront", "xen", 0),
                    ("null.local", "local", 0), ("null.queues", "virtio", 1),
                    ("null.window", "virtio", 2)]))


def test_of_compared():
    """What no target is for is left out, and what costs nothing stays."""
    cases = [{**CASE, "costs": ["window", "queues", "anew", "local"]}, {"name": "b"}]
    return (differ([c.get("costs") for c in plan.of_compared(cases)],
                   [["window", "queues"], None]) +
            differ(plan.of_one_cpu(cases[:1])[0]["costs"],
                   ["window", "anew", "local"]))


def test_cases():
    """Names are there once, and each case can be asked for."""
    cases = plan.load_cases()
    wrong = differ(len({c["name"] for c in cases}), len(cases))
    for case in cases:
        request = tools.request(case, case["variants"][0], "10.0.0.1", runtime=1)
        wrong += [] if request["argv"] else [f"{case['name']}: no command"]
        plan.unit(case)
    return wrong


def fio_output(**job):
    side = {"iops": 5.0, "bw_bytes": 20480, "total_ios": 5,
            "clat_ns": {"percentile": {"50.000000": 1500, "99.000000": 2500,
                                       "99.900000": 3500}}}
    empty = {"iops": 0, "bw_bytes": 0, "total_ios": 0, "clat_ns": {}}
    return "fio: a complaint\n" + json.dumps({"jobs": [
        {"error": 0, "read": empty, "write": side, "usr_cpu": 1, "sys_cpu": 2,
         **job}]})


def test_fio():
    found = tools.fio_results(fio_output())[0]
    wrong = differ((found["rate"], found["latency_us"]),
                   (5.0, {"50": 1.5, "99": 2.5, "99.9": 3.5}))
    try:
        tools.fio_results(fio_output(error=5))
    except ValueError:
        return wrong
    return wrong + ["an error of fio was not noticed"]


def test_iperf():
    """Of packets, those that arrived."""
    text = json.dumps({"end": {"sum": {"packets": 100, "lost_packets": 20,
                                       "seconds": 2.0}}})
    return differ(tools.iperf_result({"load": "udp"}, text)["rate"], 40.0)


def test_packets():
    """Those that nobody read have arrived, too."""
    before, after = ("Ip: A\nIp: 7\n"
                     "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\n"
                     f"Udp: 5 9 {errors} 9 {errors}\n" for errors in (100, 400))
    arrived = tools.datagrams(after) - tools.datagrams(before)
    return differ(tools.packets_result("500 2000000\n", arrived),
                  {"rate": 150.0, "sent": 500, "received": 300})


def made_up_results():
    lines = list(lines_of([20, 30], [10, 10]))
    lines += [cost_line(100, 5000), cost_line(300, 9000)]
    lines += [{**cost_line(n, c), "variant": "blkfront"}
              for n, c in ((100, 5000), (300, 7000))]
    return {"icount": True, "rounds": 2, "guests": [{
        "guest": "pv", "rates": summary.rates([CASE], lines),
        "cost": summary.costs(lines, None)}]}


def test_plots():
    """Both formats, whole, and the same for the same figures."""
    results = made_up_results()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        made = plot.all_plots(results, pathlib.Path(one))
        plot.all_plots(results, pathlib.Path(two))
        wrong = differ(made, ["pv-block", "pv-instructions"])
        for name in made:
            for kind in (".svg", ".png"):
                data = [(pathlib.Path(d) / (name + kind)).read_bytes()
                        for d in (one, two)]
                if data[0] != data[1]:
                    wrong.append(f"{name}{kind} is another file each time")
            wrong += well_formed(pathlib.Path(one) / name)
    return wrong


def well_formed(stem):
    """A plot's two files."""
    svg = stem.with_suffix(".svg").read_text(encoding="utf-8")
    png = stem.with_suffix(".png").read_bytes()
    wrong = []
    if not re.search(r"<svg .*</svg>\s*$", svg, re.DOTALL):
        wrong.append(f"{stem.name}.svg is not whole")
    if not (png.startswith(b"\x89PNG") and png.endswith(b"IEND\xaeB`\x82")):
        wrong.append(f"{stem.name}.png is not whole")
    return wrong


def evaluation():
    """Name and outcome of each test of this file."""
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            yield name.removeprefix("test_"), test()


def output(where, cases):
    """Whether a run has left in a directory all that it should."""
    results = json.loads((where / "results.json").read_text(encoding="utf-8"))
    text = (where / "results.txt").read_text(encoding="utf-8")
    rates, cost, shown = [], [], []
    for case in cases:
        for figures in results["guests"]:
            found = figures["rates"].get(case["name"], {}).get("variants", {})
            rates += [f"{case['name']}: no ratio of {v}" for v in case["variants"]
                      if not found.get(v, {}).get("ratio", {}).get("median", 0) > 0]
            rates += [f"{case['name']}: no rate of {v}" for v in plan.with_baseline(case)
                      if not found.get(v, {}).get("rate", {}).get("min", 0) > 0]
            spent = figures["cost"].get(case["name"], {})
            cost += [f"{case['name']}: {v} has no {name}"
                     for v in case["costs"] + [plan.BASELINE[case["tool"]]]
                     for name in ("guest hypercalls", "guest cpu", "dom0 cpu")
                     # A difference of so few requests may be anything.
                     if name not in spent.get(v, {})]
        if not re.search(rf"^{re.escape(case['name'])} .* \d+\.\d\d ", text, re.M):
            shown.append(f"{case['name']} is not in the table")
    yield "rates", rates
    yield "cost", cost
    yield "table", shown
    for kind in ("block", "net"):
        yield f"plot of {kind}", well_formed(where / f"pv-{kind}")


def run(outcomes):
    """Prints names and outcomes, and the sum; 0 if nothing failed."""
    passed = failed = 0
    for name, wrong in outcomes:
        print(f"{'not ok' if wrong else 'ok'} {name}", flush=True)
        for line in wrong:
            print(f"    {line}")
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1
