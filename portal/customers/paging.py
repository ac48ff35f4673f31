"""Long lists in pages, by key: the next page starts after the last row of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

PAGE_SIZE = 25

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    next_after: str  # reference of the last row when there are more, else empty


def page_of(rows: QuerySet[Row]) -> Page[Row]:
    """The first page of the rows in one statement: it reads one row more than it shows."""
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    return Page(shown, next_after=shown[-1].reference if more else "")  # type: ignore[attr-defined]
