"""Finds templates that print a serial number by themselves.

What a reader may know of a number, and whether it is still the one to quote, is decided by
`licensing/telling.py`; the tag `serial` prints it so. A number printed in another way has no
standing: somebody quotes it years later. `make check` runs this; it needs only Python.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
LETTERS = "mail/"  # a letter is history: its date stands on it

# What holds a serial number, or a row that prints as one, by the last part of its name
NAMES = frozenset(
    {
        "number", "serial", "serial_number", "quoted", "resolved", "before", "after", "current",
        "supersedes", "superseded_by", "successor", "folds_like", "at_issue", "lookup_key",
    }
)  # fmt: skip
VALUE = re.compile(r'\bvalue="[^"]*"')  # what a form sends is not read
VARIABLE = re.compile(r"\{\{\s*(?P<path>[\w.]+)[^}]*\}\}")
TAG = re.compile(r"\{%-?\s*(?P<tag>\w+)(?P<arguments>.*?)-?%\}", re.DOTALL)
PATH = re.compile(r"(?<![\w.'\"])[a-z_]\w*(?:\.\w+)*")
# Tags that print what they are given
PRINTING = frozenset({"quoted", "example", "copy", "firstof", "tag", "filter"})
ASSIGNED = re.compile(r"\b(?P<name>\w+)=(?P<path>[\w.]+)")
SENTENCE = re.compile(
    r"\{%\s*blocktranslate(?P<arguments>.*?)%\}.*?\{%\s*endblocktranslate\s*%\}", re.DOTALL
)
# What gives a name to something: one of the two tags, or each of a list
NAMED = re.compile(
    r"\{%\s*(?:(?P<tag>serial|quoted)\b[^%]*\bas (?P<made>\w+)"
    r"|for (?P<each>\w+) in (?P<list>[\w.]+))"
)

REVISION = "the number of a revision"
UNITS = "a number of units"
# Template and name → the reason why it is no serial number, or why it has no standing
ALLOWED = {
    ("customers/bulk_preview.html", "row.number"): "the number of a row",
    ("customers/bulk_preview.html", "row.serial_number"): "as the file has it",
    ("admin/orders/order/outlook.html", "row.before"): UNITS,
    ("admin/orders/order/outlook.html", "row.after"): UNITS,
    ("parts/order_form_forecast.html", "row.before"): UNITS,
    ("parts/order_form_forecast.html", "row.after"): UNITS,
    ("parts/lanes.html", "column.number"): REVISION,
    ("parts/all_updates.html", "update.column.number"): REVISION,
    ("parts/order_quoted.html", "one.row.quoted"): "as the purchase order has it",
    ("admin/orders/order/serials.html", "each.row.quoted"): "as the purchase order has it",
    ("parts/rule_lanes.html", "stretch.number"): "made up, to explain the rule",
    ("parts/order_form_site.html", "number"): "perhaps meant: to be compared with what was typed",
    ("parts/order_form_site.html", "each.number"): "perhaps meant, likewise",
    ("parts/which_serial.html", "each.number"): "perhaps meant, likewise",
    ("parts/which_serial.html", "numbers.number"): "perhaps meant, likewise",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    template: str
    line: int
    name: str

    def __str__(self) -> str:
        return (
            f"templates/{self.template}:{self.line}: {self.name} prints a serial number. "
            f"Write {{% serial … %}}, which tells its standing."
        )


def find(source: str, template: str) -> list[Finding]:
    """The findings in one template, in the order of its lines."""
    text = VALUE.sub(lambda value: re.sub(r"[^\n]", " ", value[0]), source)
    found = {
        Finding(template, text.count("\n", 0, at) + 1, path)
        for at, path in _printed(text)
        if path.rpartition(".")[2] in NAMES
    }
    return sorted(found)


def _printed(text: str) -> Iterator[tuple[int, str]]:
    """Yields what is printed, and where; not what the two tags made of a number."""
    for sentence in SENTENCE.finditer(text):
        for assigned in ASSIGNED.finditer(sentence["arguments"]):
            yield sentence.start(), assigned["path"]
    for variable in VARIABLE.finditer(SENTENCE.sub(_without_assigned, text)):
        yield from _of_variable(text, variable)
    for tag in TAG.finditer(text):
        if tag["tag"] in PRINTING and (first := PATH.search(tag["arguments"])):
            yield tag.start(), first[0]


def _of_variable(text: str, variable: re.Match[str]) -> Iterator[tuple[int, str]]:
    """Yields what a variable prints: what got its name last before it."""
    path = variable["path"]
    named = [
        each
        for each in NAMED.finditer(text, 0, variable.start())
        if path in (each["made"], each["each"])
    ]
    if named and named[-1]["list"]:
        yield (
            variable.start(),
            f"{named[-1]['list']}.{path}" if path in NAMES else named[-1]["list"],
        )
    elif not named:
        yield variable.start(), path


def _without_assigned(sentence: re.Match[str]) -> str:
    """A sentence with as many characters, without the names that are given to it."""
    names = {each["name"] for each in ASSIGNED.finditer(sentence["arguments"])}
    return VARIABLE.sub(
        lambda each: " " * len(each[0]) if each["path"] in names else each[0], sentence[0]
    )


def find_all(root: Path = TEMPLATES) -> list[Finding]:
    return [
        finding
        for file in sorted(root.rglob("*.*"))
        if not (name := file.relative_to(root).as_posix()).startswith(LETTERS)
        for finding in find(file.read_text(encoding="utf-8"), name)
    ]


def main() -> int:
    """Prints the findings, and the entries of ALLOWED that allow nothing."""
    found = find_all()
    wrong = [str(each) for each in found if (each.template, each.name) not in ALLOWED]
    stale = {*ALLOWED} - {(each.template, each.name) for each in found}
    wrong += [
        f"tools/printed_serials.py: nothing in {template} needs {name}."
        for template, name in sorted(stale)
    ]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
