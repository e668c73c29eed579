# SPDX-License-Identifier: GPL-2.0-only
"""Counting the normative words in a copy of the draft."""
import re

PREFIX = "Virtio Transport Options / Virtio Over Messages / "
NORMATIVE = re.compile(
    r"\\(driver|device|bus)normative\{\\paragraph\}\{.*?\}\{(.*?)\}\n"
    r"\\begin\{itemize\}\n(.*?)\\end\{itemize\}", re.DOTALL)
WORD = re.compile(r"\b(MUST|SHOULD)(\s+NOT)?\b")


def words(text):
    """The normative words of a text, in order."""
    return [re.sub(r"\s+", " ", m[0]) for m in WORD.finditer(text)]


def check_draft(draft, path):
    """The draft's own text has the words that draft.toml says."""
    text = path.read_text(encoding="utf-8")
    found = {(m[2].removeprefix(PREFIX), m[1]): words(m[3])
             for m in NORMATIVE.finditer(text)}
    problems = []
    running = []
    for section in draft["section"]:
        if section["label"].startswith("(text) "):
            running += section["words"]
            continue
        have = found.pop((section["label"], section["who"]), [])
        if have != section["words"]:
            problems.append(f"{section['label']} ({section['who']}): "
                            f"{', '.join(have) or 'nothing'} in {path.name}")
    problems += [f"{label} ({who}): not in draft.toml"
                 for (label, who), have in found.items() if have]
    # What is left is running text, in the draft's order and not by section.
    rest = words(NORMATIVE.sub("", text))
    if sorted(rest) != sorted(running):
        problems.append(f"in running text: {', '.join(rest)}")
    return sum(len(s["words"]) for s in draft["section"]), problems
