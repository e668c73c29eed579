# SPDX-License-Identifier: GPL-2.0-only
"""Documentation/conformance.rst, from the table."""
import collections
import textwrap

HEAD = """\
.. SPDX-License-Identifier: GPL-2.0-only
.. Written by scripts/conformance --generate; change tests/conformance instead.

=========================
Conformance to virtio-msg
=========================

"""
INTRO = (
    "Each *must* and *should* of the {title}, and how it is met here. The text "
    "is that of ``{file}`` in ``{repository}``, branch ``{branch}``, commit "
    "``{commit}`` of {date}. Statements are told in our own words; section "
    "names are the draft's. Those that begin with *(text)* are in running "
    "text, outside the lists that the draft's conformance chapter names. The "
    "two sentences of that chapter which demand these lists as a whole are not "
    "counted.",
    "``scripts/conformance`` sees to it that this document is that of "
    "``tests/conformance``, that the table has the statements of the draft and "
    "that the functions and tests that it names exist; with ``--results``, that "
    "these tests have passed.",
)
TITLES = {"driver": "Driver", "device": "Device", "bus": "Bus",
          "all": "Driver, device and bus"}
VERDICTS = {"met": "met", "not-applicable": "not applicable",
            "not-met": "**not met**"}


def cell(text):
    """One field of a csv-table."""
    return '"' + text.replace('"', '""') + '"'


def how(s):
    """What the last column says."""
    parts = [VERDICTS.get(s.verdict, s.verdict) + (f": {s.reason}" if s.reason else "")]
    if s.where:
        parts.append("In " + ", ".join(f"``{w}``" for w in s.where) + ".")
    if s.proof:
        parts.append("Tests: " + ", ".join(f"``{p}``" for p in s.proof) + ".")
    if not parts[0].endswith("."):
        parts[0] += "."
    return " ".join(parts)


def csv_table(header, widths, rows):
    """The lines of a csv-table."""
    yield ".. csv-table::"
    yield f"   :header: {', '.join(cell(h) for h in header)}"
    yield f"   :widths: {', '.join(str(w) for w in widths)}"
    yield ""
    for row in rows:
        yield "   " + ",".join(cell(c) for c in row)
    yield ""


def title(text):
    """A section's title."""
    return [text, "=" * len(text), ""]


def summary(statements):
    """How many there are of each."""
    count = collections.Counter((s.who, s.verdict) for s in statements)
    rows = []
    for who, name in list(TITLES.items()) + [("", "all")]:
        row = [sum(n for (w, v), n in count.items()
                   if w.startswith(who) and v == verdict)
               for verdict in VERDICTS]
        rows.append([name] + [str(n) for n in row + [sum(row)]])
    return csv_table(["bound", "met", "not applicable", "not met", "all"],
                     [40, 15, 15, 15, 15], rows)


def section_rows(statements):
    """Rows of one of the large tables; a section is named once."""
    last = None
    for s in statements:
        label = s.section if s.section != last else ""
        last = s.section
        yield [s.key, label, f"**{s.word}** {s.text}.", how(s)]


def generate(draft, statements):
    """The whole document."""
    lines = []
    for paragraph in INTRO:
        lines += textwrap.wrap(paragraph.format(**draft), 78,
                               break_on_hyphens=False) + [""]
    lines += summary(statements)
    odd = [s for s in statements if s.verdict == "not-met"]
    lines += title("Not met")
    if not odd:
        lines += ["Nothing.", ""]
    for s in odd:
        lines += textwrap.wrap(f"{s.key} (**{s.word}**): {s.text}. {s.reason}",
                               78, break_on_hyphens=False) + [""]
    for who, name in TITLES.items():
        lines += title(name)
        lines += csv_table(["key", "section", "statement", "how"],
                           [10, 20, 30, 40],
                           section_rows([s for s in statements if s.who == who]))
    return HEAD + "\n".join(lines).rstrip() + "\n"


def check_document(draft, statements, path):
    """The document is what the table makes."""
    want = generate(draft, statements)
    have = path.read_text(encoding="utf-8") if path.is_file() else ""
    if have == want:
        return 1, []
    return 1, [f"{path.name} is not what the table makes: "
               "run scripts/conformance --generate"]
