# SPDX-License-Identifier: GPL-2.0-only
"""The figures as text."""
import plan

RATE_HEAD = (f"{'case':<24}{'compared':<10}{'rate':>10} {'unit':<10}"
             f"{'PV driver':>10}{'ratio':>8}{'least':>7}{'most':>7}"
             f"{'target':>8}  met")
# What is shown of a cost, and its heading; all of it is in the JSON file.
COST_COLUMNS = (
    ("guest hypercalls", "guest hyp."), ("guest exits", "guest exits"),
    ("guest io_hypercalls", "guest I/O"),
    ("guest interrupts", "guest irq"), ("dom0 hypercalls", "dom0 hyp."),
    ("dom0 io_hypercalls", "dom0 I/O"), ("dom0 interrupts", "dom0 irq"),
    ("dom0 grant_hypercalls", "grant hyp."), ("dom0 grant_map", "maps"),
    ("dom0 grant_unmap", "unmaps"), ("dom0 grant_copy", "copies"),
)
# Differences of CPU times on a clock that other work disturbs say nothing.
ICOUNT_COLUMNS = (("guest cpu", "guest inst."), ("dom0 cpu", "dom0 inst."))


def number(value):
    """Three significant digits, or all of a large number."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) >= 0.005 else "0"


def verdict(entry, variant):
    """Whether the target is met; it is the window's, or the network card's."""
    target = entry["target"]
    if target is None or variant not in plan.COMPARED:
        return "", ""
    met = entry["variants"][variant]["ratio"]["median"] >= target
    return f"{target:.1f}", "yes" if met else "NO"


def rate_lines(cases, rates):
    """A line for each variant that is compared."""
    by_name = {case["name"]: case for case in cases}
    yield RATE_HEAD
    for name, entry in rates.items():
        scale, unit = plan.unit(by_name[name])
        base = entry["variants"][entry["baseline"]]["rate"]["median"] * scale
        for variant, found in entry["variants"].items():
            if "ratio" not in found:
                continue
            ratio = found["ratio"]
            target, met = verdict(entry, variant)
            yield (f"{name:<24}{variant:<10}"
                   f"{number(found['rate']['median'] * scale):>10} {unit:<10}"
                   f"{number(base):>10}{ratio['median']:>8.2f}"
                   f"{ratio['min']:>7.2f}{ratio['max']:>7.2f}{target:>8}  {met}"
                   ).rstrip()


def cost_lines(cases, costs, icount):
    """A line for each variant, for a request each."""
    by_name = {case["name"]: case for case in cases}
    columns = COST_COLUMNS + (ICOUNT_COLUMNS if icount else ())
    shown = [(name, head) for name, head in columns
             if any(name in found for case in costs.values()
                    for found in case.values())]
    yield f"{'case':<18}{'per':<8}{'variant':<10}" + "".join(
        f"{head:>12}" for _, head in shown)
    for case, variants in costs.items():
        for variant, found in variants.items():
            yield (f"{case:<18}{plan.request_name(by_name[case]):<8}{variant:<10}"
                   + "".join(f"{number(found[name]['median']) if name in found else '-':>12}"
                             for name, _ in shown))


def limit_lines(limits, costs):
    """Whether a request costs no more than it may. What was not traced has no
    hypercalls.
    """
    for limit in limits:
        found = costs.get(limit["case"], {}).get(limit["variant"], {})
        if "guest hypercalls" not in found:
            continue
        value = found[limit["counter"]]["median"] if limit["counter"] in found else 0
        met = "met" if value <= limit["most"] else "NOT met"
        yield (f"{limit['case']}, {limit['variant']}: {limit['counter']} "
               f"{number(value)}, at most {limit['most']}: {met}")
