"""Long lists in pages, by key: the next page starts after the last row of this one.

Whatever comes or goes in between moves no row to another place, as it would with numbered pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from companies.walks import merged

PAGE_SIZE = 25
FOLDED = 12  # rows of a list that is a part of a page: the rest is behind a link

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    next_after: str  # the name of the last row when there are more, else empty


def page_of(
    rows: QuerySet[Row],
    after: str,
    *,
    among: QuerySet[Row],
    named: str = "reference",
    walks: Sequence[QuerySet[Row]] = (),
) -> Page[Row]:
    """The rows after the one of that name, or the first ones, in their order, which is total.

    The one of that name is looked up `among` all that the asker may see, whether or not it still
    is one of the rows; one that they may not see tells nothing. One statement: one row more is
    read than is shown. Where no index has the order of the rows, the walks that make them up have.
    """
    order = _order_of(rows)
    beyond = _is_after(among.filter(**{named: after}), order) if after else Q()
    if walks:
        first = merged([walk.filter(beyond) for walk in walks], order, PAGE_SIZE + 1)
        rows = rows.filter(pk__in=first)
    else:
        rows = rows.filter(beyond)
    return page_from(list(rows[: PAGE_SIZE + 1]), named=named)


def page_from(found: Sequence[Row], *, named: str = "reference") -> Page[Row]:
    """The page of what was found from its first row on; one row more than it shows will do."""
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    return Page(shown, next_after=str(getattr(shown[-1], named)) if more else "")


def _order_of(rows: QuerySet[Row]) -> Sequence[str]:
    return [str(key) for key in rows.query.order_by or rows.model._meta.ordering or ()]


def _is_after(last: QuerySet[Row], order: Sequence[str]) -> Q:
    """By the first key, or where that is the same by the next one, and so on.

    `a <= x AND (a < x OR b < y)`: an index is entered by the first part alone, and by no OR.
    """
    last = last.order_by()
    beyond = Q()
    for key in reversed(order):
        name = key.removeprefix("-")
        value = last.values(name)[:1]
        way = "lt" if key.startswith("-") else "gt"
        further = Q(**{f"{name}__{way}": value})
        beyond = Q(**{f"{name}__{way}e": value}) & (further | beyond) if beyond else further
    return beyond
