"""Something breaks in the middle of an issue: nothing of it is left, mail included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import connection

from orders.models import Order
from tests.cast import Cast, current
from tests.dump import everything
from tests.licensing.invariants import violations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
WRITES = ("INSERT", "UPDATE", "DELETE")


class Broken(Exception):
    pass


@contextmanager
def broken_after(write: int) -> Iterator[list[str]]:
    """The `write`-th writing statement works, and then the world ends."""
    done: list[str] = []

    def wrapper(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if sql.startswith(WRITES):
            done.append(sql)
            if len(done) == write:
                raise Broken
        return result

    with connection.execute_wrapper(wrapper):
        yield done


def existing(cast: Cast) -> Order:
    """Writes to every table: one family stays, the other is replaced."""
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    return cast.order_existing(current(site, "VAI"), ISS_Expert=1, VS_ES1=1)


def new(cast: Cast) -> Order:
    return cast.order_new(ISS_Expert=1, VS_ES1=1)


@pytest.mark.parametrize("order_for", [existing, new])
def test_a_failure_after_each_write_leaves_nothing_behind(
    cast: Cast, order_for: Callable[[Cast], Order]
) -> None:
    order = order_for(cast)
    before = everything()
    writes = 0
    while True:
        writes += 1
        try:
            with broken_after(writes):
                cast.issue(order)
        except Broken:
            assert everything() == before, f"after write {writes}"
        else:
            break
    assert writes > 9  # revision, serials, lots, movements, outcomes, order, event, copy, mail
    assert not violations()


def test_a_failure_while_the_mail_is_queued_leaves_nothing_behind(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = existing(cast)
    before = everything()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise Broken

    monkeypatch.setattr("notifications.actions.queue_undrawn", broken)
    with pytest.raises(Broken):
        cast.issue(order)
    assert everything() == before


def test_control_without_the_transaction_half_of_it_stays(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = existing(cast)
    before = everything()
    monkeypatch.setattr("orders.actions.review.transaction.atomic", lambda **_: nullcontext())
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda rows, **_: rows)
    with pytest.raises(Broken), broken_after(5):
        cast.issue(order)
    assert everything() != before
