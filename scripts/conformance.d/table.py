# SPDX-License-Identifier: GPL-2.0-only
"""The table of statements: reading it, and whether it is whole."""
import collections
import re
import tomllib

WORDS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
VERDICTS = ("met", "not-applicable", "not-met")
FILES = ("concepts", "format", "initialization", "operation", "messages")
KEYS = {"driver": "DRV", "device": "DEV", "bus": "BUS", "all": "ALL"}
# In the order in which they are shown.
FIELDS = {
    "key": str, "who": str, "word": str, "text": str, "verdict": str,
    "where": list, "proof": list, "reason": str,
}
NEEDED = ("key", "who", "word", "text", "verdict")


class Statement:
    """One normative statement, and what became of it here."""

    def __init__(self, section, entry):
        self.section = section
        self.problems = []
        for name, kind in FIELDS.items():
            value = entry.get(name, kind())
            if not isinstance(value, kind):
                self.problems.append(f"{name} is no {kind.__name__}")
                value = kind()
            setattr(self, name, value)
        for name in set(entry) - set(FIELDS):
            self.problems.append(f"there is no field {name}")
        for name in NEEDED:
            if not getattr(self, name):
                self.problems.append(f"{name} is missing")

    def label(self):
        """What messages call it."""
        return self.key or f"a statement of {self.section}"


def read(path):
    """A TOML file."""
    with open(path, "rb") as file:
        return tomllib.load(file)


def load(directory):
    """The draft's counts, and all statements in the order of the files."""
    draft = read(directory / "draft.toml")
    statements = []
    for name in FILES:
        for section in read(directory / f"{name}.toml")["section"]:
            for entry in section["statement"]:
                statements.append(Statement(section["label"], entry))
    return draft, statements


def check_fields(statements):
    """Each statement has the fields that it needs, with values that are."""
    problems = []
    keys = collections.Counter(s.key for s in statements)
    for s in statements:
        problems += [f"{s.label()}: {p}" for p in s.problems]
        if s.word not in WORDS:
            problems.append(f"{s.label()}: {s.word} is no normative word")
        if s.verdict not in VERDICTS:
            problems.append(f"{s.label()}: {s.verdict} is no verdict")
        if not re.fullmatch(rf"MSG-{KEYS.get(s.who, '?')}-\d\d", s.key):
            problems.append(f"{s.label()}: not a key for {s.who}")
        if keys[s.key] > 1:
            problems.append(f"{s.label()}: {keys[s.key]} statements are called so")
    return len(statements), sorted(set(problems))


def check_whole(draft, statements):
    """The table has the statements of the draft, in its order."""
    problems = []
    rows = collections.defaultdict(list)
    for s in statements:
        rows[s.section, s.who].append(s.word)
    for section in draft["section"]:
        name = section["label"], section["who"]
        have, want = rows.pop(name, []), section["words"]
        if have != want:
            problems.append(f"{name[0]} ({name[1]}): {', '.join(want)} in the "
                            f"draft, {', '.join(have) or 'nothing'} in the table")
    for label, who in rows:
        problems.append(f"{label} ({who}): the draft has no such section")
    return sum(len(s["words"]) for s in draft["section"]), problems


def check_reasons(statements):
    """What is met has a test; what is not has a reason."""
    problems = []
    for s in statements:
        if s.verdict == "met":
            if not s.proof:
                problems.append(f"{s.label()}: met, but no test shows it")
            if not s.where:
                problems.append(f"{s.label()}: met, but nobody knows where")
        elif len(s.reason.split()) < 4:
            problems.append(f"{s.label()}: {s.verdict}, but not why")
    return len(statements), problems
