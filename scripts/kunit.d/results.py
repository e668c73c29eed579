#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares what kunit.py found in a log with the tests that the sources have.

Usage: results.py VERSION RESULTS.json DIRECTORY

Prints "PASSED FAILED". A suite that did not run every test of its source file,
and a test that was skipped, have failed: a kernel that silently runs nothing
must not look well. What failed is named on standard error.
"""
import json
import pathlib
import re
import sys


def expected(directory):
    """The number of tests of each suite, from the sources."""
    counts = {}
    for source in sorted(pathlib.Path(directory).glob("*_test.c")):
        text = source.read_text(encoding="utf-8")
        suites = re.findall(r'\.name = "(vxen-[\w-]+)",\n\t\.init|'
                            r'\.name = "(vxen-[\w-]+)",\n\t\.test_cases', text)
        if len(suites) != 1:
            sys.exit(f"{source.name}: {len(suites)} suites instead of one")
        counts[suites[0][0] or suites[0][1]] = text.count("\tKUNIT_CASE(")
    return counts


def results(path):
    """The tests of each suite, as pairs of name and status."""
    with open(path, encoding="utf-8") as file:
        top = json.load(file)
    suites = {}
    for group in top.get("sub_groups", []):
        suites[group["name"]] = [(case["name"], case["status"])
                                 for case in group.get("test_cases", [])]
    return suites


def main():
    version, path, directory = sys.argv[1:]
    found = results(path)
    passed = failed = 0
    for suite, count in expected(directory).items():
        cases = found.get(suite, [])
        good = sum(status == "PASS" for _, status in cases)
        for name, status in cases:
            if status != "PASS" and name:
                print(f"{version}: not ok {suite}: {name}: {status}",
                      file=sys.stderr)
        failed += len(cases) - good
        passed += good
        if len(cases) != count or not count:
            print(f"{version}: not ok {suite}: {len(cases)} of {count} tests ran",
                  file=sys.stderr)
            failed += 1
    print(passed, failed)


main()
