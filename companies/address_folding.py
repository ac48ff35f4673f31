"""What migrations share that bring the addresses of older versions into their stored form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models

from texts.addresses import MAX_ADDRESS, stored_form

BATCH = 500  # rows
Row = tuple[Any, ...]  # key, address, and whatever makes the address one of a kind


def folded(address: str, *, longest: int = MAX_ADDRESS) -> str:
    """As it is where the stored form would not fit: no mail ever got there."""
    stored = stored_form(address)
    return stored if len(stored) <= longest else address


def doubles(rows: Iterable[Row]) -> dict[Any, Any]:
    """The keys of rows that are the same as an earlier one once they are folded, with its key."""
    first: dict[Row, Any] = {}
    same = {}
    for key, address, *more in rows:
        earlier = first.setdefault((folded(address), *more), key)
        if earlier != key:
            same[key] = earlier
    return same


def fold_column(model: type[models.Model], column: str, fold: Callable[[Any], Any] = folded) -> int:
    """Answers how many rows were not in their stored form."""
    rows = model._default_manager.order_by().values_list("pk", column).iterator()
    changed = [(key, fold(value)) for key, value in rows if fold(value) != value]
    for start in range(0, len(changed), BATCH):
        _write(model, column, changed[start : start + BATCH])
    return len(changed)


def _write(model: type[models.Model], column: str, values: Sequence[tuple[Any, Any]]) -> None:
    rows = [model(pk=key, **{column: value}) for key, value in values]
    model._default_manager.bulk_update(rows, [column])


def settle_constraints(schema_editor: Any) -> None:
    """PostgreSQL changes no table while it still has rows to check."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def say(lines: Iterable[str]) -> None:
    """To whoever runs the migration. Nothing where there is nothing to say."""
    for number, line in enumerate(lines):
        print("" if number else "\n", f"   {line}", sep="")
