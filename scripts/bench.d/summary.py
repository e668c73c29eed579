# SPDX-License-Identifier: GPL-2.0-only
"""From the lines of a run to figures: ratios round by round, and what a request
costs.
"""
import collections
import statistics

import plan
import trace


def spread(values):
    """Median, least and most."""
    return {"median": statistics.median(values), "min": min(values),
            "max": max(values)}


def by_round(lines, case, variant):
    return {line["round"]: line for line in lines
            if line["kind"] == "rate" and line["case"] == case["name"]
            and line["variant"] == variant}


def latencies(lines):
    """Each percentile's median over the rounds."""
    names = lines[0].get("latency_us", {})
    return {name: statistics.median(line["latency_us"][name] for line in lines)
            for name in names}


def rate_of(found):
    """A variant's rates, and what else was measured with them."""
    lines = list(found.values())
    result = {"rate": spread([line["rate"] for line in lines])}
    if lines[0].get("latency_us"):
        result["latency_us"] = latencies(lines)
    return result


def rates(cases, lines):
    """{case: ...} of those cases that were measured."""
    result = {}
    for case in cases:
        base_name = plan.BASELINE[case["tool"]]
        base = by_round(lines, case, base_name)
        if not base:
            continue
        entry = {"target": case.get("target"), "rounds": len(base),
                 "baseline": base_name, "variants": {base_name: rate_of(base)}}
        for variant in case["variants"]:
            found = by_round(lines, case, variant)
            if found.keys() != base.keys():
                raise ValueError(f"{case['name']}: rounds of {variant} and "
                                 f"{base_name} differ")
            each = [found[n]["rate"] / base[n]["rate"] for n in sorted(base)]
            entry["variants"][variant] = {
                **rate_of(found), "ratio": {**spread(each), "rounds": each}}
        result[case["name"]] = entry
    return result


def flat(line, traces):
    """A run's counters by one name each. Domain 0 is dom0, 1 the guest."""
    names = {"0": "dom0", "1": "guest"}
    counters = {"elapsed": line["elapsed"]}
    for domain, value in line["cpu"].items():
        if domain in names:
            counters[f"{names[domain]} cpu"] = value
    for domain, value in line["interrupts"].items():
        counters[f"{domain} interrupts"] = value
    if "trace" in line:
        if line["apart"]:
            # CPU time is that of the runs without a trace.
            counters = {}
        for domain, counts in trace.count(traces(line["trace"])).items():
            for name, value in counts.items():
                if str(domain) in names:
                    counters[f"{names[str(domain)]} {name}"] = value
    return counters


def per_request(small, large, requests):
    """What the requests that one run has more than the other cost each."""
    return {name: (large.get(name, 0) - small.get(name, 0)) / requests
            for name in sorted(small.keys() | large.keys())}


def costs(lines, traces):
    """{case: {variant: {counter: spread}}}. @traces: reads a trace's file."""
    runs = collections.defaultdict(dict)
    for line in lines:
        if line["kind"] == "cost":
            key = (line["case"], line["variant"], line["round"], "trace" in line)
            runs[key][line["requests"]] = flat(line, traces)
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for (case, variant, *_), each in runs.items():
        small, large = sorted(each)
        found[case][variant].append(
            per_request(each[small], each[large], large - small))
    return {case: {variant: {name: spread([one[name] for one in every if name in one])
                             for name in sorted(set().union(*every))}
                   for variant, every in variants.items()}
            for case, variants in found.items()}
