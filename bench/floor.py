"""The floor: what an order costs if nothing but its rows is written, by one prepared statement.

The rows are those of an order that the portal placed and issued, in every table that it wrote, with
keys and unique texts made from one number. Letters are left out: the words, the PDF and the mail's
bytes. The same rows are written by the ORM at its best, a statement for each table.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, models, transaction
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from bench.cloning import CUT, LONG, OURS

NO_BUSINESS = {"limits.Counter", "notifications.ConfirmationCopy", "outbox.PrivateContent"}
UNIQUE = {
    "reference", "record", "message_id", "number", "lookup_key", "po_number", "po_number_key",
}  # fmt: skip
FIRST = 1_000_000_000  # the number of the first order; what is made of it is nowhere else
WARM = 10  # orders until the database keeps the plan of the statement
_NUMBERS = count(FIRST)


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one order in one table."""

    model: type[models.Model]
    rows: Sequence[dict[str, Any]]  # by attribute
    literals: Sequence[dict[str, str]]  # the same, as SQL

    @property
    def keys(self) -> list[int]:
        return [row[self.model._meta.pk.attname] for row in self.rows]

    @property
    def step(self) -> int:
        return max(self.keys) - min(self.keys) + 1


def written_by(work: Callable[[], object]) -> list[Written]:
    """The business rows that the work added."""
    found = [model for model in apps.get_models() if _is_business(model)]
    last = {model: _last_key(model) for model in found}
    work()
    every = [(model, last[model]) for model in found if _last_key(model) > last[model]]
    return [_read(model, after) for model, after in every]


def counted(written: Sequence[Written]) -> str:
    return ", ".join(f"{len(each.rows)} {each.model._meta.verbose_name_plural}" for each in written)


def _is_business(model: type[models.Model]) -> bool:
    meta = model._meta
    return meta.app_label in OURS and meta.label not in NO_BUSINESS and meta.managed


def _last_key(model: type[models.Model]) -> int:
    key = model._base_manager.aggregate(last=models.Max("pk"))["last"]
    return key if isinstance(key, int) else 0


def _read(model: type[models.Model], after: int) -> Written:
    fields = model._meta.concrete_fields
    rows = list(
        model._base_manager.filter(pk__gt=after).order_by("pk").values(*(f.attname for f in fields))
    )
    texts = ", ".join(f'quote_nullable("{field.column}"::text)' for field in fields)
    key = model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {texts} FROM "{model._meta.db_table}" WHERE "{key}" > %s ORDER BY "{key}"',
            [after],
        )
        literals = [
            {field.attname: text for field, text in zip(fields, row, strict=True)}
            for row in cursor.fetchall()
        ]
    for row, literal in zip(rows, literals, strict=True):
        for field in fields:
            _leave_out_letters(field, row, literal)
    return Written(model, rows, literals)


def _leave_out_letters(field: Any, row: dict[str, Any], literal: dict[str, str]) -> None:
    value = row[field.attname]
    if isinstance(field, models.BinaryField) and value is not None:
        row[field.attname], literal[field.attname] = b"", "''"
    elif isinstance(field, models.TextField) and isinstance(value, str) and len(value) > LONG:
        row[field.attname] = value[:CUT]
        literal[field.attname] = f"left({literal[field.attname]}, {CUT})"


# By bare psycopg ------------------------------------------------------------------------------


def statement_of(written: Sequence[Written], number: str) -> str:
    """One statement that writes all rows of an order; `number` stands for the order's number."""
    steps = {each.model: each for each in written}
    parts = [f"w{at} AS ({_insert(each, steps, number)})" for at, each in enumerate(written)]
    return f"WITH {', '.join(parts)} SELECT 1"


def _insert(written: Written, steps: dict[type[models.Model], Written], number: str) -> str:
    fields = written.model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    rows = [
        "(" + ", ".join(_literal(field, literal, at, steps, number) for field in fields) + ")"
        for at, literal in enumerate(written.literals)
    ]
    return f'INSERT INTO "{written.model._meta.db_table}" ({columns}) VALUES {", ".join(rows)}'


def _literal(
    field: Any,
    literal: dict[str, str],
    at: int,
    steps: dict[type[models.Model], Written],
    number: str,
) -> str:
    text = literal[field.attname]
    typed = f"{text}::{field.db_type(connection).split(' COLLATE')[0]}"
    if text == "NULL":
        return typed
    moved = _moves_by(field, int(text.strip("'")), steps) if _is_key(field) else 0
    if moved:
        return f"{number}::bigint * {moved} + {text.strip(chr(39))}"
    if field.name in UNIQUE and isinstance(field, models.CharField) and text != "''":
        return f"to_hex({number}::bigint) || '{chr(97 + at)}'"
    if field.name == "submission":
        return f"md5({number}::text)::uuid"
    return typed


def _is_key(field: Any) -> bool:
    target = field.target_field if field.remote_field else field
    return (field.primary_key or field.remote_field is not None) and isinstance(
        target, models.AutoField | models.BigAutoField
    )


def _moves_by(field: Any, key: int, steps: dict[type[models.Model], Written]) -> int:
    """By how much the key differs from order to order; 0 if it is not of the order's rows."""
    model = field.remote_field.model if field.remote_field else field.model
    return steps[model].step if model in steps and key in steps[model].keys else 0


def by_psycopg(bare: psycopg.Connection[Any], written: Sequence[Written]) -> Callable[[int], None]:
    """Writes orders over this connection: past what psycopg does for the values of a statement."""
    _check(bare.pgconn.prepare(b"floor", statement_of(written, "$1").encode()))

    def write(orders: int) -> None:
        for _ in range(orders):
            _check(bare.pgconn.exec_prepared(b"floor", [b"%d" % next(_NUMBERS)]))

    write(WARM)
    return write


def _check(answer: PGresult) -> None:
    if answer.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise RuntimeError(answer.error_message.decode())


# By the ORM at its best -----------------------------------------------------------------------


def by_the_orm(written: Sequence[Written]) -> Callable[[int], None]:
    """Builds the rows and writes them, a statement for each table, in one transaction."""
    steps = {each.model: each for each in written}

    def write(orders: int) -> None:
        for _ in range(orders):
            number = next(_NUMBERS)
            with transaction.atomic(durable=True):
                for each in written:
                    each.model._base_manager.bulk_create(
                        each.model(**_values(each, at, steps, number))
                        for at in range(len(each.rows))
                    )

    return write


def _values(
    written: Written, at: int, steps: dict[type[models.Model], Written], number: int
) -> dict[str, Any]:
    values = dict(written.rows[at])
    for field in written.model._meta.concrete_fields:
        value = values[field.attname]
        if value is None:
            continue
        if _is_key(field):
            values[field.attname] = number * _moves_by(field, value, steps) + value
        elif field.name in UNIQUE and isinstance(field, models.CharField) and value != "":
            values[field.attname] = f"{number:x}{chr(97 + at)}"
        elif field.name == "submission":
            values[field.attname] = uuid.UUID(int=number)
    return values


def total(written: Sequence[Written]) -> Counter[str]:
    return Counter({each.model._meta.label: len(each.rows) for each in written})
