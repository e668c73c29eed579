# SPDX-License-Identifier: GPL-2.0-only
"""What the table names: functions, tests, and how these tests have ended."""
import functools
import json
import re

SUITE = re.compile(r'\.name = "(vxen-[\w-]+)",\n\t\.(?:init|test_cases)')


@functools.lru_cache(maxsize=None)
def text_of(path):
    """A file's text, empty if there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def defines(text, name):
    """Is there a definition of a function, a variable or a macro?"""
    name = re.escape(name)
    # A prototype ends with a semicolon and not with a body.
    function = rf"^[A-Za-z_][\w\s*]*?\b{name}\([^;{{]*\)\s*\{{"
    variable = rf"^[A-Za-z_][\w\s*]*?\b{name}(?:\[\w*\])* = "
    macro = rf"^#define {name}\b"
    return any(re.search(p, text, re.MULTILINE)
               for p in (function, variable, macro))


def check_sources(root, statements):
    """Each function that the table names is in the file that it names."""
    problems, named = [], set()
    for s in statements:
        for where in s.where:
            path, _, name = where.partition(":")
            named.add(where)
            if not name or not defines(text_of(root / path), name):
                problems.append(f"{s.label()}: there is no {where}")
    return len(named), problems


def kunit_tests(root):
    """KUnit tests by "SUITE.TEST", with the file that each is in."""
    tests = {}
    for path in sorted((root / "tests/kunit").glob("*_test.c")):
        text = text_of(path)
        for suite in SUITE.findall(text):
            for name in re.findall(r"\tKUNIT_CASE\((\w+)\)", text):
                tests[f"{suite}.{name}"] = path
    return tests


def unit_tests(root):
    """Unit tests of the tools by "PROGRAM.TEST", with their files."""
    tests = {}
    for path in sorted((root / "tests/unit").glob("test_*.c")):
        for name in re.findall(r"\tRUN\((\w+)\);", text_of(path)):
            tests[f"{path.stem}.{name}"] = path
    return tests


def e2e_tests(root):
    """End-to-end tests by "SCENARIO/VARIANT", with their files; SCENARIO alone
    is all of its variants."""
    tests = {}
    for path in sorted((root / "tests/e2e/scenarios").glob("*.sh")):
        if path.name.endswith(".post.sh"):
            continue
        names = re.findall(r"^# variant: (\S+)", text_of(path), re.MULTILINE)
        for name in names or ["pv"]:
            tests[f"{path.stem}/{name}"] = path
        tests[path.stem] = path
    return tests


def fuzz_tests(root):
    """Fuzzers by their names, with their files. What they find is not in any
    results that stay."""
    return {path.stem.removeprefix("fuzz_"): path
            for path in sorted((root / "tests/fuzz").glob("fuzz_*.c"))}


KINDS = {"kunit": kunit_tests, "unit": unit_tests, "e2e": e2e_tests,
         "fuzz": fuzz_tests}


def named_tests(statements):
    """Pairs of a statement and a test, "KIND NAME" taken apart."""
    for s in statements:
        for proof in s.proof:
            kind, _, name = proof.partition(" ")
            yield s, kind, name


def check_tests(root, statements):
    """Each test that the table names is in the sources."""
    tests = {kind: find(root) for kind, find in KINDS.items()}
    problems, named = [], set()
    for s, kind, name in named_tests(statements):
        named.add((kind, name))
        if name not in tests.get(kind, {}):
            problems.append(f"{s.label()}: there is no test {kind} {name}")
    return len(named), problems


def kunit_results(build):
    """What kunit.py found, one pair of path and results for each kernel."""
    for path in sorted(build.glob("kunit/*/results.json")):
        groups = json.loads(path.read_text(encoding="utf-8")).get("sub_groups", [])
        yield path, {f"{g['name']}.{c['name']}": c["status"] == "PASS"
                     for g in groups for c in g.get("test_cases", [])}


def log_results(path, program, line):
    """Results in a log: each line "ok NAME", under a heading or without."""
    results, head = {}, ""
    for row in path.read_text(encoding="utf-8").splitlines():
        if program and (m := re.fullmatch(program, row)):
            head = m[1] + "."
        elif m := re.fullmatch(line, row):
            results[head + m[2]] = m[1] == "ok"
    return results


def unit_results(build):
    """What tests/unit/run has left."""
    path = build / "tools/asan/tests/results.txt"
    if path.is_file():
        yield path, log_results(path, r"# (test_\w+)", r"(ok|not ok) (\w+)")


def e2e_results(build):
    """What tests/e2e/run has said to scripts/check."""
    path = build / "check/e2e.log"
    if path.is_file():
        yield path, log_results(path, "", r"(ok|not ok) (\S+/\S+) \(.*\)")


RESULTS = {"kunit": kunit_results, "unit": unit_results, "e2e": e2e_results}


def written(path):
    """When a file was written."""
    return path.stat().st_mtime


def check_results(root, build, statements, kind):
    """The named tests of one kind have run since they were changed, and
    passed. Of several kernels, those that have not run since are left out, but
    for the last."""
    tests, problems = KINDS[kind](root), []
    names = {name for _, k, name in named_tests(statements) if k == kind}
    if kind == "e2e":
        whole = names & {test.partition("/")[0] for test in tests}
        names = (names - whole) | {t for t in tests if "/" in t and
                                   t.partition("/")[0] in whole}
    runs = sorted(RESULTS[kind](build), key=lambda run: written(run[0]))
    changed = max((written(tests[n]) for n in names & set(tests)), default=0)
    runs = [r for r in runs if written(r[0]) >= changed] or runs[-1:]
    for path, results in runs:
        for name in sorted(names):
            if name not in results:
                problems.append(f"{name} did not run, says {path}")
            elif not results[name]:
                problems.append(f"{name} has failed, says {path}")
            elif name in tests and written(tests[name]) > written(path):
                problems.append(f"{name} was changed after {path} was written")
    if not runs:
        problems.append(f"there are no results of {kind} in {build}")
    return len(names) * len(runs), problems
