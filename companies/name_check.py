"""Finds rows whose name columns differ from what the rule gives, and writes these columns anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count

from companies.names import OfName, columns_of

BATCH = 500  # rows


@dataclass(frozen=True, slots=True)
class Stale:
    row: models.Model
    columns: Sequence[OfName]  # the columns that differ from what the name gives


def stale(model: type[models.Model]) -> Iterator[Stale]:
    """Finds the rows to write anew. Reads each row once, even while earlier rows are written."""
    columns = columns_of(model)
    names = {name for each in columns for name in (each.name, *each.depends_on)}
    names |= {"reference"} & {field.name for field in model._meta.fields}
    rows: Any = model._base_manager.order_by("pk").only(*names)
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:BATCH]):
        for row in chunk:
            wrong = [each for each in columns if getattr(row, each.name) != each.worked_out(row)]
            if wrong:
                yield Stale(row, wrong)
        last = chunk[-1].pk


def write_anew(model: type[models.Model]) -> int:
    """Corrects the rows and answers how many were wrong. Migrations pass their own model."""
    written, columns = 0, columns_of(model)
    waiting: list[models.Model] = []
    for each in stale(model):
        for column in columns:
            setattr(each.row, column.name, column.worked_out(each.row))
        waiting.append(each.row)
        if len(waiting) == BATCH:
            written += _write(model, waiting)
    return written + _write(model, waiting)


def _write(model: type[models.Model], rows: list[models.Model]) -> int:
    if rows:
        model._base_manager.bulk_update(rows, [each.name for each in columns_of(model)])
    count = len(rows)
    rows.clear()
    return count


def same_names(rows: models.QuerySet[Any], *group: str) -> Iterator[list[Any]]:
    """Rows with the same values in these fields, in groups of two or more."""
    groups = rows.order_by(*group).values_list(*group).annotate(Count("pk")).filter(pk__count__gt=1)
    for *values, _count in groups:
        yield list(rows.filter(**dict(zip(group, values, strict=True))).order_by("pk"))
