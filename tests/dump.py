"""Everything that our tables hold, and what became different in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

# Not `limits`: its counters say that something was tried, which every form does.
OUR_APPS = ("companies", "licensing", "notifications", "orders", "outbox")

Dump = dict[str, list[dict[str, Any]]]


def our_models() -> list[type[Model]]:
    """Our models, and those that Django made for many-to-many fields, like permissions."""
    return [
        model
        for app in OUR_APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]


def everything() -> Dump:
    """Every row of every table of ours."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in our_models()
    }


def changes(before: Dump, after: Dump) -> dict[str, list[Any]]:
    """Under "+Order" and "-Order" the rows that came and went; under "Order.state" its new values.

    Empty when nothing changed. The key of a row that came reads "new User 1", and so do the
    links to it: a sequence does not go back with its transaction, so its number says nothing.
    """
    born = {
        model: {
            pk: f"new {model.__name__} {n}"
            for n, pk in enumerate(_new_keys(model, before, after), 1)
        }
        for model in our_models()
    }
    after = {
        model._meta.label: [_told(model, row, born) for row in after[model._meta.label]]
        for model in our_models()
    }
    found: dict[str, list[Any]] = {}
    for model in our_models():
        label, name, key = model._meta.label, model.__name__, model._meta.pk.attname
        old, new = ({row[key]: row for row in side} for side in (before[label], after[label]))
        for pk in old.keys() - new.keys():
            found.setdefault(f"-{name}", []).append(old[pk])
        for pk, row in new.items():
            if pk not in old:
                found.setdefault(f"+{name}", []).append(row)
        for pk in old.keys() & new.keys():
            for column in new[pk]:
                if old[pk][column] != new[pk][column]:
                    found.setdefault(f"{name}.{column}", []).append(new[pk][column])
    return found


def _new_keys(model: type[Model], before: Dump, after: Dump) -> list[Any]:
    label, key = model._meta.label, model._meta.pk.attname
    old = {row[key] for row in before[label]}
    return [row[key] for row in after[label] if row[key] not in old]


def _told(
    model: type[Model], row: dict[str, Any], born: dict[Any, dict[Any, str]]
) -> dict[str, Any]:
    """The row with "new User 1" wherever it has the key of a row that came."""
    names = {
        field.attname: born.get(field.related_model if field.is_relation else model, {})
        for field in model._meta.concrete_fields
        if field.is_relation or field.primary_key
    }
    return {
        column: names[column].get(value, value) if column in names else value
        for column, value in row.items()
    }


READS = re.compile(r"SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|PRAGMA|EXPLAIN", re.IGNORECASE)
WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"(\w+)\"", re.IGNORECASE)


class Witness:
    """Sees whether anything is written, so that not all rows are read where nothing was.

    A statement that it does not understand counts as one that writes.
    """

    def __init__(self) -> None:
        self.before = everything()
        self.wrote = False
        self._ours = {model._meta.db_table for model in our_models()}

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.wrote = False
        with connection.execute_wrapper(self._see):
            yield

    def saw_nothing_change(self) -> bool:
        """A write may have been rolled back since: then the rows decide."""
        return not self.wrote or everything() == self.before

    def changes(self) -> dict[str, list[Any]]:
        return changes(self.before, everything()) if self.wrote else {}

    def _see(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not READS.match(sql):
            table = WRITES.match(sql)
            self.wrote = self.wrote or table is None or table[1] in self._ours
        return execute(sql, params, many, context)


# Different each time, whatever is sent.
BY_CHANCE = {
    "id", "order_id", "reference", "token_hash", "password", "raw", "message_id",
    "number", "lookup_key", "record", "text", "html", "pdf", "facts", "file",
}  # fmt: skip


def without_chance(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    def settled(row: Any) -> Any:
        return {k: v for k, v in row.items() if k not in BY_CHANCE} if type(row) is dict else row

    return {
        what: [settled(row) for row in rows]
        for what, rows in found.items()
        if what.split(".")[-1] not in BY_CHANCE
    }
