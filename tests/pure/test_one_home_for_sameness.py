"""Nothing compares a PO number, a part number or a serial number by another rule than ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin

ROOT = Path(__file__).parents[2]
ROOMS = ("portal", "orders", "notifications", "licensing", "companies", "outbox", "limits", "bench")
TYPED = ("po_number", "part_number", "number", "quoted")  # columns that keep what was typed
KINDS = {"iexact", "regex", "iregex", "search"} | {
    f"{i}{kind}" for i in ("", "i") for kind in ("contains", "startswith", "endswith")
}
FILES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts
]


def look_ups(path: Path) -> Iterator[str]:
    """Keywords and texts in the code that read like a look-up of a column."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_by_another_rule(look_up: str) -> bool:
    column, _bar, kind = look_up.rpartition("__")
    return column.split("__")[-1] in TYPED and kind in KINDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_column_that_was_typed_is_searched_by_the_database(path: Path) -> None:
    assert [each for each in look_ups(path) if is_by_another_rule(each)] == []


@pytest.mark.parametrize("look_up", ["po_number__iexact", "order__po_number__icontains"])
def test_one_that_is_would_be_found(look_up: str) -> None:
    assert is_by_another_rule(look_up)


def test_the_desk_searches_no_such_column_by_itself() -> None:
    """Django puts icontains behind each of them."""
    searched = [
        f"{model.__name__}.{name}"
        for model, desk in admin.site._registry.items()
        for name in desk.search_fields
        if name.split("__")[-1] in TYPED
    ]
    assert searched == []
