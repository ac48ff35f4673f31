"""Finds look-ups that let the database, or chance, decide when two texts are the same.

For addresses, names, PO numbers, part numbers and serial numbers, `texts/` and
`licensing/serial_numbers.py` decide this: their forms and keys are stored and compared by equality.
A database that ignores case does so by its kind and its locale, and has let people into other
people's accounts. `make check` runs this; it needs only Python.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("portal", "orders", "notifications", "licensing", "companies", "limits", "outbox")

COLUMNS = {  # columns whose texts have such a module, by the last part of their name
    **dict.fromkeys(("email", "address", "addresses", "recipients", "notify"), "texts.addresses"),
    **dict.fromkeys(("site_name", "name", "site"), "texts.names"),
    **dict.fromkeys(("po_number",), "texts.po_numbers"),
    **dict.fromkeys(("part_number",), "texts.parts"),
    **dict.fromkeys(("number", "lookup_key", "quoted"), "licensing.serial_numbers"),
    "": "texts/",  # the column is known only at run time
}
BY_CASE = re.compile("iexact|icontains|istartswith|iendswith|iregex")
# Typed texts are compared only by their keys; address columns fold what they are compared with.
BY_PART = re.compile("contains|startswith|endswith|regex|search")
LOOK_UP = re.compile(
    rf"(?:\w+__)?(?P<column>[a-z_]*?)__(?P<by>{BY_CASE.pattern}|{BY_PART.pattern})"
)
ANY_LOOK_UP = re.compile("contains|exact|startswith|endswith|in|regex|search")

# File and column → the reason why the look-up is right there
ALLOWED = {
    ("portal/desk/lists.py", ""): "texts that are no keys, searched for a part of them",
    ("portal/desk/contacts.py", "name"): "what a person is called is nobody’s key",
    ("portal/desk/people_admin.py", "name"): "what a role is called is nobody’s key",
    ("portal/desk/catalog_admin.py", "name"): "the words of a license type, for a search",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    path: str
    line: int
    column: str
    text: str

    def __str__(self) -> str:
        home = COLUMNS[self.column]
        return f"{self.path}:{self.line}: {self.text}. Ask {home} when two texts are the same."


def find(source: str, path: str) -> list[Finding]:
    """The findings in one file, in the order of its lines."""
    found = {
        Finding(path, line, column, text)
        for node in ast.walk(ast.parse(source))
        for line, column, text in _in(node)
        if column in COLUMNS
    }
    return sorted(found)


Found = Iterator[tuple[int, str, str]]  # line, column, message


def _in(node: ast.AST) -> Found:
    if isinstance(node, ast.keyword) and node.arg:
        yield from _look_up(node.arg, node.value.lineno)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _look_up(node.value, node.lineno)
    if isinstance(node, ast.Call):
        yield from _function(node)
        yield from _method(node)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.FunctionDef):
        yield from _search_fields(node)


def _look_up(text: str, line: int) -> Found:
    """`user__email__iexact`, as a keyword or as a text."""
    found = LOOK_UP.fullmatch(text)
    if found and (BY_CASE.fullmatch(found["by"]) or _is_typed(found["column"])):
        yield line, found["column"], text


def _is_typed(column: str) -> bool:
    """Whether the column keeps a typed text, beside its key."""
    return COLUMNS.get(column, "texts.addresses") not in ("texts.addresses", "texts/")


def _function(call: ast.Call) -> Found:
    """`Lower("user__email")`, also of an F."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in {"Lower", "Upper"}:
        for node in ast.walk(call):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield call.lineno, _last(node.value), f"{name}({node.value})"


def _method(call: ast.Call) -> Found:
    """`by.email.strip().lower()`"""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in {"lower", "upper", "casefold"}:
        return
    if name := _name(func.value):
        yield call.lineno, name, f"{name}.{func.attr}()"


def _name(node: ast.expr) -> str:
    """The name of a text, also inside of calls."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _search_fields(node: ast.Assign | ast.AnnAssign | ast.FunctionDef) -> Found:
    """The search fields of the desk: for a name without a look-up Django takes icontains."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    names = {getattr(each, "id", getattr(each, "name", "")) for each in targets}
    if not names & {"search_fields", "get_search_fields"}:
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            path = part.value.lstrip("^=@")
            if not ANY_LOOK_UP.fullmatch(_last(path)) or path != part.value:
                yield part.lineno, _last(path), f"search_fields {part.value}"


def _last(path: str) -> str:
    return path.rpartition("__")[2]


def find_all(root: Path = ROOT) -> list[Finding]:
    return [
        finding
        for package in PACKAGES
        for file in sorted((root / package).rglob("*.py"))
        if "migrations" not in file.parts
        for finding in find(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix())
    ]


def main() -> int:
    """Prints the findings, and the entries of ALLOWED that allow nothing."""
    found = find_all()
    wrong = [str(each) for each in found if (each.path, each.column) not in ALLOWED]
    stale = {*ALLOWED} - {(each.path, each.column) for each in found}
    wrong += [f"tools/look_ups.py: nothing in {path} needs {column}." for path, column in stale]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
