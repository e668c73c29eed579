# SPDX-License-Identifier: GPL-2.0-only
"""Plots: a bar for the median of each ratio, a whisker from the least to the
most, a line at 1 where both are as fast, and a mark at what a case shall reach.
"""
import matplotlib
matplotlib.use("Agg")

# pylint: disable=wrong-import-position
from matplotlib import pyplot  # noqa: E402

COLOURS = {"window": "#1f6fb4", "queues": "#2ca02c", "inplace": "#6baed6", "anew": "#bdd7e7",
           "daemon": "#fd8d3c",
           "virtio": "#1f6fb4"}
LABELS = {"window": "virtio-xen, one queue", "queues": "virtio-xen, as installed",
          "daemon": "virtio-xen, storage daemon", "inplace": "virtio-xen, in place",
          "anew": "virtio-xen, every buffer granted anew", "virtio": "virtio-xen"}
BASELINES = {"blkfront": "blkfront", "netfront": "netfront"}
# The same figures make the same file.
matplotlib.rcParams.update({"svg.hashsalt": "virtio-xen", "font.size": 9,
                            "svg.fonttype": "none"})


LICENCE = "SPDX-License-Identifier: GPL-2.0-only"


def save(figure, path):
    """As SVG and as PNG, with the licence and without a date in it."""
    svg = path.with_suffix(".svg")
    figure.savefig(svg, metadata={"Date": None})
    head, rest = svg.read_text(encoding="utf-8").split("\n", 1)
    svg.write_text(f"{head}\n<!-- {LICENCE} -->\n{rest}", encoding="utf-8")
    figure.savefig(path.with_suffix(".png"), dpi=120,
                   metadata={"Software": None, "Copyright": LICENCE})
    pyplot.close(figure)


def bars(entries):
    """Name, variant and ratio of each bar; those of a case from top to bottom. What
    has no driver at all would make all others small.
    """
    for name, entry in entries:
        for variant, found in entry["variants"].items():
            if "ratio" in found and variant in COLOURS:
                yield name, variant, found["ratio"]


def draw_bar(axes, place, variant, ratio, limit):
    length = min(ratio["median"], limit)
    axes.barh(place, length, height=0.8, color=COLOURS[variant],
              label=LABELS[variant])
    low, high = min(ratio["min"], limit), min(ratio["max"], limit)
    axes.plot([low, high], [place, place], color="black", linewidth=1,
              marker="|", markersize=5)
    axes.text(min(high, limit) + limit * 0.01, place,
              f"{ratio['median']:.2f}", va="center")


def draw_target(axes, target, top, bottom):
    axes.plot([target, target], [top - 0.5, bottom + 0.5], color="#c0392b",
              linewidth=2, label="target")


def limit_of(entries):
    """One wild run shall not make all bars small."""
    return 1.25 * max([entry["target"] or 1 for _, entry in entries]
                      + [ratio["median"] for _, _, ratio in bars(entries)])


def rates(guest, rates_found, baseline, path):
    """One plot: the cases that are compared with one of Xen's drivers."""
    entries = [(name, entry) for name, entry in rates_found.items()
               if entry["baseline"] == baseline]
    if not entries:
        return False
    count = sum(1 for _ in bars(entries)) + 0.6 * len(entries)
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.24 * count),
                                   layout="constrained")
    limit = limit_of(entries)
    place, ticks = 0.0, []
    for name, entry in entries:
        top = place
        for _, variant, ratio in bars([(name, entry)]):
            draw_bar(axes, place, variant, ratio, limit)
            place += 1
        if entry["target"]:
            draw_target(axes, entry["target"], top, place - 1)
        ticks.append(((top + place - 1) / 2, name))
        place += 0.6
    finish(axes, ticks, limit, f"{guest.upper()} guest: rate of virtio-xen / "
           f"rate of {BASELINES[baseline]}\n(bar: median of "
           f"{entries[0][1]['rounds']} rounds, whisker: least and most)")
    save(figure, path)
    return True


def finish(axes, ticks, limit, title):
    axes.axvline(1, color="black", linewidth=1, linestyle="--")
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks])
    axes.invert_yaxis()
    axes.set_xlim(0, limit * 1.08)
    axes.set_title(title, fontsize=10)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles))
    # Below the axis and its figures, where no bar is.
    axes.legend(once.values(), once.keys(), fontsize=8, ncol=2, loc="upper center",
                bbox_to_anchor=(0.5, 0), borderaxespad=3)


def costs(guest, cost_found, path):
    """Instructions of a request, in the guest and in dom0."""
    rows = [(f"{case} {variant}", found) for case, variants in cost_found.items()
            for variant, found in variants.items()]
    if not rows:
        return False
    # Cases are of different sizes: each as a share of the PV driver's.
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.28 * len(rows)),
                                   layout="constrained")
    ticks = []
    widest = 0
    for place, (name, found) in enumerate(rows):
        base = base_cost(cost_found, name.split()[0])
        left = 0
        for domain, colour in (("guest", "#1f6fb4"), ("dom0", "#e08214")):
            share = max(found[f"{domain} cpu"]["median"], 0) / base
            axes.barh(place, share, left=left, height=0.8, color=colour,
                      label=domain)
            left += share
        axes.text(left + 0.01, place, f"{left:.2f}", va="center")
        widest = max(widest, left)
        ticks.append((place, name))
    finish(axes, ticks, max(widest, 1) * 1.1,
           f"{guest.upper()} guest: instructions of a request, guest and dom0,\n"
           "the PV driver's together being 1")
    save(figure, path)
    return True


def base_cost(cost_found, case):
    """Both domains' CPU time with Xen's own driver."""
    for name in BASELINES:
        if name in cost_found[case]:
            found = cost_found[case][name]
            return found["guest cpu"]["median"] + found["dom0 cpu"]["median"]
    raise ValueError(f"{case}: nothing to compare with")


def all_plots(results, where):
    """The names of the plots that were made."""
    made = []
    for figures in results["guests"]:
        guest = figures["guest"]
        for kind, baseline in (("block", "blkfront"), ("net", "netfront")):
            path = where / f"{guest}-{kind}"
            if rates(guest, figures["rates"], baseline, path):
                made.append(path.name)
        path = where / f"{guest}-instructions"
        if results["icount"] and costs(guest, figures["cost"], path):
            made.append(path.name)
    return made
