# SPDX-License-Identifier: GPL-2.0-only
"""Whether the checks find anything: each has defects made for it, in a copy of
the table, and must find them, and the other checks must not."""
import argparse
import json
import os
import pathlib
import re
import shutil
import tempfile

import table

# A check's name, what is wrong in the copy, the file, a pattern in it, and what
# the first match becomes. The document of the copy is generated anew from the
# defect, unless it is the document that is wrong.
DEFECTS = (
    ("fields", "a verdict that there is not", "concepts.toml",
     'verdict = "met"', 'verdict = "nearly"'),
    ("fields", "a key that is used twice", "concepts.toml",
     '"MSG-DEV-02"', '"MSG-DEV-01"'),
    ("fields", "a statement without text", "operation.toml",
     r'\ntext = "[^"]*"', ""),
    ("fields", "a field that there is not", "operation.toml",
     r"\nreason = ", "\nreasons = "),
    ("whole", "a statement that is missing", "initialization.toml",
     r"\n\[\[section\.statement\]\]\nkey(?:.|\n)*?(?=\n\[\[)", ""),
    ("whole", "a section that is missing", "operation.toml",
     r"\n\[\[section\]\](?:.|\n)*?(?=\n\[\[section\]\])", ""),
    ("whole", "a section that the draft does not have", "messages.toml",
     'label = "', 'label = "No '),
    ("whole", "a SHOULD that is a MUST in the draft", "messages.toml",
     'word = "MUST"', 'word = "SHOULD"'),
    ("whole", "a draft with one statement more", "draft.toml",
     r'words = \["', 'words = ["MUST", "'),
    ("reasons", "met without a test", "messages.toml",
     r"\nproof = \[(?:.|\n)*?\]\n", "\n"),
    ("reasons", "met, and nobody knows where", "messages.toml",
     r"\nwhere = \[(?:.|\n)*?\]\n", "\n"),
    ("reasons", "not met without a reason", "operation.toml",
     r'(verdict = "not-met"(?:.|\n)*?)\nreason = .*', r"\1"),
    ("reasons", "not applicable without a reason", "operation.toml",
     r'(verdict = "not-applicable"(?:.|\n)*?)\nreason = .*', r"\1"),
    ("sources", "a function that there is not", "format.toml",
     r"drivers/bus\.c:vxen_bus_request", "drivers/bus.c:vxen_bus_reply"),
    ("sources", "a function in another file", "format.toml",
     r"drivers/bus\.c:vxen_bus_request", "drivers/ring.c:vxen_bus_request"),
    ("sources", "a function that is only called there", "format.toml",
     r"drivers/bus\.c:vxen_bus_request", "drivers/bus.c:vxen_ring_put"),
    ("sources", "a file that there is not", "format.toml",
     r"tools/vhost-xen/vmsg\.c:vmsg_handle", "tools/vhost-xen/none.c:vmsg_handle"),
    ("tests", "a KUnit test that there is not", "format.toml",
     r"kunit vxen-bus\.\w+", "kunit vxen-bus.it_works"),
    ("tests", "a KUnit test of another suite", "initialization.toml",
     r"kunit vxen-config\.", "kunit vxen-bus."),
    ("tests", "a unit test that there is not", "messages.toml",
     r"unit test_vmsg\.\w+", "unit test_vmsg.it_works"),
    ("tests", "a scenario's variant that there is not", "operation.toml",
     r"e2e hotplug/[\w-]+", "e2e hotplug/vax"),
    ("tests", "a fuzzer that there is not", "format.toml",
     "fuzz vmsg", "fuzz vmess"),
    ("tests", "a kind of test that there is not", "operation.toml",
     '"unit ', '"eunit '),
    ("document", "a document that someone has edited", "conformance.rst",
     "not met", "met"),
    ("document", "a document of an earlier table", "conformance.rst",
     "MSG-DRV-02", "MSG-DRV-99"),
)


def outcome(paths, checks, results=()):
    """The names of the checks that fail."""
    bad = set()
    for name, check in checks(paths, results):
        count, problems = check()
        if problems or not count:
            bad.add(name)
    return bad


def copy(paths, directory):
    """A copy of the table and of the document."""
    made = argparse.Namespace(
        root=paths.root, table=directory / "conformance",
        document=directory / "conformance.rst", build=directory / "build")
    shutil.copytree(paths.table, made.table)
    shutil.copy(paths.document, made.document)
    return made


def damage(made, name, pattern, becomes):
    """Makes the defect; False if the pattern does not fit any more."""
    path = made.document if name.endswith(".rst") else made.table / name
    text, count = re.subn(pattern, becomes, path.read_text(encoding="utf-8"),
                          count=1)
    path.write_text(text, encoding="utf-8")
    return count == 1


def finds(paths, checks, defect):
    """One defect: what is wrong with how it is found."""
    check, _, name, pattern, becomes = defect
    with tempfile.TemporaryDirectory() as temp:
        made = copy(paths, pathlib.Path(temp))
        if not damage(made, name, pattern, becomes):
            return 1, [f"the defect does not fit {name} any more"]
        bad = outcome(made, checks)
    # The document is that of the whole table, so it tells of most defects.
    bad.discard("document" if check != "document" else "")
    if bad != {check}:
        return 1, [f"found by {', '.join(sorted(bad)) or 'no check'}, not {check}"]
    return 1, []


def write_results(made, proofs):
    """Results of a run in which every test has passed."""
    kunit, unit, e2e = (proofs.KINDS[kind](made.root) for kind in proofs.RESULTS)
    groups = {}
    for test in kunit:
        suite, name = test.rsplit(".", 1)
        groups.setdefault(suite, []).append({"name": name, "status": "PASS"})
    path = made.build / "kunit/0.0/results.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"sub_groups": [
        {"name": suite, "test_cases": cases}
        for suite, cases in groups.items()]}), encoding="utf-8")
    lines, last = [], ""
    for test in unit:
        program, name = test.split(".")
        lines += [f"# {program}"] if program != last else []
        lines.append(f"ok {name}")
        last = program
    path = made.build / "tools/asan/tests/results.txt"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = made.build / "check/e2e.log"
    path.parent.mkdir()
    path.write_text("".join(f"ok {t} (1 s)\n" for t in e2e if "/" in t),
                    encoding="utf-8")


# As above: what is wrong with the results of a run that was well.
RESULT_DEFECTS = (
    ("results-kunit", "a KUnit test that failed", "kunit/0.0/results.json",
     '("name": "requests_on_the_wire", "status": )"PASS"', r'\1"FAIL"'),
    ("results-kunit", "a KUnit test that was skipped", "kunit/0.0/results.json",
     '("name": "requests_on_the_wire", "status": )"PASS"', r'\1"SKIP"'),
    ("results-kunit", "a KUnit test that did not run", "kunit/0.0/results.json",
     "requests_on_the_wire", "requests_on_a_wire"),
    ("results-unit", "a unit test that failed", "tools/asan/tests/results.txt",
     "ok a_ping_is_echoed", "not ok a_ping_is_echoed"),
    ("results-unit", "a unit test that did not run", "tools/asan/tests/results.txt",
     "ok a_ping_is_echoed\n", ""),
    ("results-unit", "a unit test of another program", "tools/asan/tests/results.txt",
     "# test_conformance\n", "# test_other\n"),
    ("results-e2e", "a scenario that failed", "check/e2e.log",
     "ok io/pv-2 ", "not ok io/pv-2 "),
    ("results-e2e", "a scenario that did not run", "check/e2e.log",
     r"ok io/pv-2 .*\n", ""),
)


def finds_result(paths, checks, defect, proofs):
    """One defect in the results."""
    check, _, name, pattern, becomes = defect
    kinds = list(proofs.RESULTS)
    with tempfile.TemporaryDirectory() as temp:
        made = copy(paths, pathlib.Path(temp))
        before = outcome(made, checks, kinds)
        write_results(made, proofs)
        good = outcome(made, checks, kinds)
        path = made.build / name
        text, count = re.subn(pattern, becomes,
                              path.read_text(encoding="utf-8"), count=1)
        path.write_text(text, encoding="utf-8")
        bad = outcome(made, checks, kinds)
    problems = []
    if before != {f"results-{kind}" for kind in kinds}:
        problems.append("a build directory without results is good enough")
    if good:
        problems.append(f"good results are refused by {', '.join(sorted(good))}")
    if count != 1:
        problems.append(f"the defect does not fit {name} any more")
    if bad != {check}:
        problems.append(f"found by {', '.join(sorted(bad)) or 'no check'}, "
                        f"not {check}")
    return 1, problems


def finds_old(paths, checks, proofs):
    """Results from before the tests were changed."""
    kinds = list(proofs.RESULTS)
    with tempfile.TemporaryDirectory() as temp:
        made = copy(paths, pathlib.Path(temp))
        write_results(made, proofs)
        for path in made.build.rglob("*.*"):
            if path.is_file():
                # Older than any file in the repository.
                os.utime(path, (1, 1))
        bad = outcome(made, checks, kinds)
    want = {f"results-{kind}" for kind in kinds}
    return 1, [] if bad == want else [f"found by {', '.join(sorted(bad))}"]


def draft_text(draft):
    """Something that has the normative words of the draft, and no others."""
    for section in draft["section"]:
        label, text = section["label"], " it ".join(section["words"])
        if label.startswith("(text) "):
            yield f"One {text}.\n"
        else:
            yield (f"\\{section['who']}normative{{\\paragraph}}{{Title}}{{Virtio "
                   f"Transport Options / Virtio Over Messages / {label}}}\n"
                   f"\\begin{{itemize}}\n  \\item It {text} do.\n"
                   "\\end{itemize}\n")


# As above: what is wrong with the draft's text.
DRAFT_DEFECTS = (
    ("a MUST less in a list", " it MUST", ""),
    ("a SHOULD more in running text", "One ", "One SHOULD "),
    ("a section more", r"\\driver", r"\\busnormative{\\paragraph}{A}{B}\n"
     r"\\begin{itemize}\nMUST\n\\end{itemize}\n\\driver"),
    ("a MUST NOT broken into two lines that is a MUST", r"MUST NOT", "MUST"),
)


def finds_draft(paths, defect):
    """One defect in the text of the draft."""
    import draft as draft_check  # pylint: disable=import-outside-toplevel

    draft = table.read(paths.table / "draft.toml")
    text = "".join(draft_text(draft)).replace("MUST NOT", "MUST\nNOT", 1)
    with tempfile.TemporaryDirectory() as temp:
        path = pathlib.Path(temp) / draft["file"]
        path.write_text(text, encoding="utf-8")
        good = draft_check.check_draft(draft, path)[1]
        text, count = re.subn(defect[1], defect[2], text, count=1)
        path.write_text(text, encoding="utf-8")
        bad = draft_check.check_draft(draft, path)[1]
    if count != 1:
        return 1, ["the defect does not fit any more"]
    return 1, good + ([] if bad else ["not found"])


def cases(paths, checks):
    """Pairs as scripts/conformance runs them."""
    import proofs  # pylint: disable=import-outside-toplevel

    yield "selftest clean", lambda: (1, sorted(outcome(paths, checks)))
    for defect in DEFECTS:
        yield (f"selftest {defect[0]}: {defect[1]}",
               lambda defect=defect: finds(paths, checks, defect))
    for defect in RESULT_DEFECTS:
        yield (f"selftest {defect[0]}: {defect[1]}",
               lambda defect=defect: finds_result(paths, checks, defect, proofs))
    yield ("selftest results: results that are too old",
           lambda: finds_old(paths, checks, proofs))
    for defect in DRAFT_DEFECTS:
        yield (f"selftest draft: {defect[0]}",
               lambda defect=defect: finds_draft(paths, defect))
