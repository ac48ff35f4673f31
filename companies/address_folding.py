"""Code that migrations share to bring the addresses of older versions into their stored form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models

from texts.addresses import MAX_ADDRESS, stored_form

BATCH = 500  # rows
Row = tuple[Any, ...]  # key, address, and the columns that make the address unique


def folded(address: str, *, longest: int = MAX_ADDRESS) -> str:
    """As it is where the stored form would not fit: no mail ever got there."""
    stored = stored_form(address)
    return stored if len(stored) <= longest else address


def doubles(rows: Iterable[Row]) -> dict[Any, Any]:
    """Maps the key of each double to the key of the earlier row with the same folded address."""
    first: dict[Row, Any] = {}
    same = {}
    for key, address, *more in rows:
        earlier = first.setdefault((folded(address), *more), key)
        if earlier != key:
            same[key] = earlier
    return same


def fold_column(model: type[models.Model], column: str, fold: Callable[[Any], Any] = folded) -> int:
    """Folds the column and answers how many rows were not in their stored form."""
    rows = model._default_manager.order_by().values_list("pk", column).iterator()
    changed = [(key, fold(value)) for key, value in rows if fold(value) != value]
    for start in range(0, len(changed), BATCH):
        _write(model, column, changed[start : start + BATCH])
    return len(changed)


def _write(model: type[models.Model], column: str, values: Sequence[tuple[Any, Any]]) -> None:
    rows = [model(pk=key, **{column: value}) for key, value in values]
    model._default_manager.bulk_update(rows, [column])


def settle_constraints(schema_editor: Any) -> None:
    """Checks the rows that wait: PostgreSQL changes no table that has unchecked rows."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def say(lines: Iterable[str]) -> None:
    """Prints the lines for the operator who runs the migration; nothing where there are none."""
    for number, line in enumerate(lines):
        print("" if number else "\n", f"   {line}", sep="")
