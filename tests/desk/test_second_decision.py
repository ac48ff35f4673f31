"""The second person to decide about an order reads who was first, and gets the note back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orders import actions
from orders.models import Order
from orders.rules.moves import Move
from portal.desk.orders.decisions import DECISIONS
from tests.cast import NOW, Cast, current
from tests.pages import has, words

NOTE = "Checked the PO with the dealer’s accountant."
WHEN = "Nov 24, 2026, 9:00 AM CST"


def open_order(cast: Cast) -> Order:
    return cast.order_existing(current(cast.site(ISS_Expert=1), "ISS"))


# The decision that another user made first, and what its event is called
FIRST: dict[Move, Callable[[Order, Any], Order]] = {
    Move.ISSUE: lambda order, by: actions.issue(order, by=by, at=NOW),
    Move.HOLD: lambda order, by: actions.hold(order, by=by, reason="Which?", at=NOW),
    Move.RELEASE: lambda order, by: actions.release(order, by=by, at=NOW),
    Move.REJECT: lambda order, by: actions.reject(order, by=by, reason="Twice.", at=NOW),
    Move.CANCEL: lambda order, by: actions.cancel(order, by=by, reason="Twice.", at=NOW),
}


def test_the_table_knows_every_decision() -> None:
    assert FIRST.keys() == DECISIONS.keys()


@pytest.fixture
def first(cast: Cast) -> Any:
    """Another sales manager."""
    other = type(cast.sales).objects.create(email="first@vendor.example", is_staff=True)
    other.groups.set(cast.sales.groups.all())
    return other


@pytest.fixture
def desk(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.sales)
    return client


def ready(cast: Cast, move: Move, by: Any) -> Order:
    """An order about which that can be decided."""
    order = open_order(cast)
    return actions.hold(order, by=by, reason="Which?") if move is Move.RELEASE else order


@pytest.mark.parametrize("move", DECISIONS)
def test_the_second_reads_who_was_first_and_gets_the_note_back(
    cast: Cast, desk: Client, first: Any, move: Move
) -> None:
    order = ready(cast, move, first)
    FIRST[move](order, first)
    events = order.events.count()
    answer = desk.post(f"/admin/orders/order/{order.pk}/{move}/", {"reason": NOTE})
    page = words(answer)
    said = order.events.latest("pk").get_move_display()
    assert f"{order}: first@vendor.example was first. {said}, {WHEN}." in page
    assert str(DECISIONS[move].done) % {"order": order} not in page
    assert NOTE in page
    assert order.events.count() == events


@pytest.mark.parametrize("move", DECISIONS)
def test_the_second_of_several_reads_the_same(
    cast: Cast, desk: Client, first: Any, move: Move
) -> None:
    order = ready(cast, move, first)
    FIRST[move](order, first)
    path = f"/admin/orders/order/several/{move}/"
    page = words(desk.post(path, {"reason": NOTE, "orders": order.reference}))
    assert f"{order}: first@vendor.example was first." in page
    assert "0 orders done. 1 was left as it is." in page
    assert NOTE in page


@pytest.mark.parametrize("move", DECISIONS)
def test_the_same_click_twice_is_done_once(
    cast: Cast, desk: Client, first: Any, move: Move
) -> None:
    order = ready(cast, move, first)
    for _twice in range(2):
        answer = desk.post(f"/admin/orders/order/{order.pk}/{move}/", {"reason": NOTE}, follow=True)
        assert str(DECISIONS[move].done) % {"order": order} in words(answer)
        assert "was first" not in words(answer)
    assert order.events.filter(move=move).count() == 1


def test_what_stops_an_issue_leaves_the_note_in_its_field(cast: Cast, desk: Client) -> None:
    order = cast.order_new("Pier 9", ISS_Expert=1)
    order.lines.update(product="ISS-Backup")  # became impossible meanwhile
    answer = desk.post(f"/admin/orders/order/{order.pk}/issue/", {"reason": NOTE})
    assert "ISS-Backup needs ISS-Expert" in words(answer)
    assert has(answer, 'textarea[name="reason"]')
    assert NOTE in words(answer)
