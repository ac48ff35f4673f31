"""Page by page every row is read once, whatever comes in, changes or goes in between."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licensing.models import Installation
from orders.bulk import actions as bulk
from orders.models import Order
from orders.models.bulk import BulkOrder
from portal.customers import paging
from tests.cast import NOW, Cast
from tests.customers.reading import copy_of
from tests.world import BULK, undone

SIZE = 3  # rows of a page, so that few rows are many pages
FEW = st.integers(0, 4)  # of what the lists go by: many rows have the same


@dataclass
class Listed:
    """One of the lists: its rows, and how one comes in at that place."""

    rows: QuerySet[Any]
    add: Callable[[int], Any]
    named: str = "reference"


def installations(cast: Cast) -> Listed:
    return Listed(
        Installation.objects.visible_to(cast.buyer),
        lambda at: Installation.objects.create(company=cast.harbor, site_name=f"Site {at}"),
    )


def orders(cast: Cast) -> Listed:
    first = cast.order_new()

    def add(at: int) -> Order:
        order = copy_of(first)
        order.placed_at, order.submission = NOW + dt.timedelta(days=at), uuid.uuid4()
        order.save()
        return order

    return Listed(Order.objects.visible_to(cast.buyer), add)


def orders_of_a_file(cast: Cast) -> Listed:
    """No two of them are at one place, and the next one comes behind all others there."""
    file = io.BytesIO(BULK)
    upload = bulk.upload(company=cast.harbor, file=file, name="a.csv", by=cast.buyer)

    def add(at: int) -> BulkOrder:
        position = 1000 * (at + 1) + upload.orders.count()
        return BulkOrder.objects.create(upload=upload, position=position, together=position)

    return Listed(upload.orders.order_by("position"), add, named="position")


LISTS = [installations, orders, orders_of_a_file]


def read(listed: Listed, come: Sequence[Sequence[int]]) -> tuple[list[Any], list[Any]]:
    """The rows in the order that they are read in, and what came in before each next page."""
    seen: list[Any] = []
    came: list[Any] = []
    after = ""
    for coming in [*come, *[()] * 100]:
        page = paging.page_of(listed.rows, after, among=listed.rows, named=listed.named)
        seen += page.rows
        after = page.next_after
        if not after:
            return seen, came
        came += [listed.add(at) for at in coming]
    raise AssertionError("There is always one more page.")


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", SIZE)


@pytest.mark.parametrize("make", LISTS)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(there=st.lists(FEW, max_size=12), come=st.lists(st.lists(FEW, max_size=3), max_size=5))
def test_every_row_is_read_once_whatever_comes_in_between(
    cast: Cast, make: Callable[[Cast], Listed], there: list[int], come: list[list[int]]
) -> None:
    with undone():
        listed = make(cast)
        for at in there:
            listed.add(at)
        before = {row.pk for row in listed.rows}
        seen, came = read(listed, come)
        read_once = [row.pk for row in seen]
        assert len(read_once) == len(set(read_once))
        assert before <= set(read_once) <= before | {row.pk for row in came}
        in_order = [row.pk for row in listed.rows.all() if row.pk in set(read_once)]
        assert read_once == in_order


@pytest.mark.parametrize("make", LISTS)
def test_the_next_page_begins_there_even_where_the_last_row_is_in_the_list_no_more(
    cast: Cast, make: Callable[[Cast], Listed]
) -> None:
    """The row no longer meets a search, or a status."""
    listed = make(cast)
    for at in range(8):
        listed.add(at)
    all_of_them = list(listed.rows)
    last = all_of_them[SIZE - 1]
    page = paging.page_of(
        listed.rows.exclude(pk=last.pk),
        str(getattr(last, listed.named)),
        among=listed.rows,
        named=listed.named,
    )
    assert list(page.rows) == all_of_them[SIZE : 2 * SIZE]


@pytest.mark.parametrize("make", LISTS)
def test_a_row_that_one_may_not_see_tells_nothing(
    cast: Cast, make: Callable[[Cast], Listed]
) -> None:
    listed = make(cast)
    hidden = listed.add(1)
    listed.add(2)
    page = paging.page_of(
        listed.rows,
        str(getattr(hidden, listed.named)),
        among=listed.rows.exclude(pk=hidden.pk),
        named=listed.named,
    )
    assert not page.rows
