#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints the figures of an lcov trace file, for each source file and in all.

Usage: report.py [--lines PERCENT] [--branches PERCENT] [--without LIST]
                 [--missing] TITLE TRACEFILE DIRECTORY

DIRECTORY is where the sources are: every .c file of it has to be in the trace
file or in LIST, whose lines are "NAME<tab>REASON". The exit status is 1 if a
file is in neither, or is in both, or if less has run than --lines and
--branches say. --missing names the lines that have not run.
"""
import argparse
import pathlib
import sys


class File:
    """What the trace file says of one source file."""

    def __init__(self):
        self.lines = {}
        self.branches = {}

    def line(self, fields):
        number, count = (int(x) for x in fields.split(",")[:2])
        self.lines[number] = self.lines.get(number, 0) + count

    def branch(self, fields):
        number, block, branch, taken = fields.split(",")
        key = (int(number), block, branch)
        count = 0 if taken == "-" else int(taken)
        self.branches[key] = self.branches.get(key, 0) + count

    @staticmethod
    def sums(counts):
        return sum(count > 0 for count in counts.values()), len(counts)


def read_trace(path):
    files, current = {}, None
    with open(path, encoding="utf-8") as trace:
        for text in trace:
            key, _, value = text.strip().partition(":")
            if key == "SF":
                current = files.setdefault(pathlib.Path(value).resolve(), File())
            elif key == "DA":
                current.line(value)
            elif key == "BRDA":
                current.branch(value)
    return files


def read_without(path):
    without = {}
    if path:
        for text in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            if text and not text.startswith("#"):
                name, _, reason = text.partition("\t")
                without[name] = reason
    return without


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def row(name, lines, branches):
    def cell(part, whole):
        return f"{part:5} of {whole:5} {percent(part, whole):6.1f} %"

    print(f"  {name:32} {cell(*lines)}   {cell(*branches)}")


def ranges(numbers):
    """1 2 3 7 as "1-3 7"."""
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def check_complete(files, directory, without):
    """Whether each source file is counted or left out, and not both."""
    good = True
    there = {path.resolve() for path in directory.rglob("*.c")}
    for path in sorted(there):
        name = str(path.relative_to(directory))
        if (path in files) == (name in without):
            print(f"  {name}: " + ("left out, but there is data of it"
                                   if path in files else
                                   "no data: no test is built with it"),
                  file=sys.stderr)
            good = False
    for name in without:
        if directory / name not in there:
            print(f"  {name}: left out, but there is no such file",
                  file=sys.stderr)
            good = False
    return good


def print_files(files, directory, missing):
    """Returns the sums of lines and of branches."""
    total = [[0, 0], [0, 0]]
    print(f"  {'':32} {'lines':^23}   {'branches':^23}")
    for path in sorted(files):
        if directory not in path.parents:
            continue
        pairs = File.sums(files[path].lines), File.sums(files[path].branches)
        row(str(path.relative_to(directory)), *pairs)
        if missing:
            gone = sorted(n for n, c in files[path].lines.items() if not c)
            half = sorted({k[0] for k, c in files[path].branches.items()
                           if not c} - set(gone))
            print(f"      lines: {ranges(gone)}\n      branches: {ranges(half)}")
        for sums, (part, whole) in zip(total, pairs):
            sums[0] += part
            sums[1] += whole
    row("all", *total)
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=float, default=0)
    parser.add_argument("--branches", type=float, default=0)
    parser.add_argument("--without")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("title")
    parser.add_argument("trace")
    parser.add_argument("directory", type=lambda p: pathlib.Path(p).resolve())
    args = parser.parse_args()

    files = read_trace(args.trace)
    without = read_without(args.without)
    print(args.title)
    total = print_files(files, args.directory, args.missing)
    for name, reason in without.items():
        print(f"  {name:32} left out: {reason}")

    good = check_complete(files, args.directory, without)
    for what, (part, whole), least in zip(("lines", "branches"), total,
                                          (args.lines, args.branches)):
        if not whole or not part:
            print(f"  no {what} have run at all", file=sys.stderr)
            good = False
        elif percent(part, whole) < least:
            print(f"  {percent(part, whole):.1f} % of {what} are less than "
                  f"{least:g} %", file=sys.stderr)
            good = False
    sys.exit(not good)


main()
