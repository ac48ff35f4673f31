"""Decisions about several orders at once: each for itself, each with its result."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from zeal import zeal_ignore

from licensing.actions import record_change
from orders import actions
from orders.actions import issuing
from orders.models import Order
from portal.desk.orders import decisions
from tests.cast import Cast, current
from tests.desk.staffed import At
from tests.licensing.invariants import violations
from tests.pages import attributes, words

LIST = "/admin/orders/order/"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk(*(f"orders.{verb}_order" for verb in ("view", "issue", "hold", "reject")))


def ask(client: Client, move: str, *orders: Order) -> Any:
    chosen = {"action": move, "index": 0, "_selected_action": [order.pk for order in orders]}
    return client.post(f"{LIST}?status=all", chosen)


def decide(client: Client, move: str, *orders: Order, reason: str = "") -> Any:
    chosen = {"orders": [order.reference for order in orders], "reason": reason}
    with zeal_ignore([{"model": "orders.Order", "field": "get*"}]):  # each is locked for itself
        return client.post(f"{LIST}several/{move}/", chosen)


def results(response: Any) -> list[tuple[str, bool, str]]:
    return [(str(row.order), row.done, row.text) for row in response.context["results"]]


def test_the_reason_is_asked_once_and_nothing_happens_before(desk: Client, cast: Cast) -> None:
    one, two = cast.order_new("Pier 9"), cast.order_new("Pier 10")
    asked = ask(desk, "hold", one, two)
    for text in ("Hold 2 orders", "Pier 9", "Pier 10"):
        assert text in words(asked)
    assert {one.reference, two.reference} <= set(attributes(asked, "input", "value"))
    assert "This field is required." in decide(desk, "hold", one, two).content.decode()
    assert set(Order.objects.values_list("state", flat=True)) == {"in_review"}


def test_each_order_has_its_result_and_none_stops_the_others(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fine, rejected = cast.order_new(), cast.order_new()
    taken = cast.order_existing(current(site, "ISS"))
    actions.reject(rejected, by=cast.sales, reason="Ordered twice.")
    site.company = cast.summit  # the installation went to another company
    site.save()
    also_fine = cast.order_new()
    response = decide(desk, "issue", fine, rejected, taken, also_fine)
    assert results(response) == [
        (str(fine), True, f"{fine} is issued. The confirmation is on its way."),
        (
            str(rejected),
            False,
            "This order was rejected. That is final: a new order is needed.",
        ),
        (
            str(taken),
            False,
            "The installation belongs to another company by now. Reject this order, or correct "
            "the dealer or end customer of the installation first.",
        ),
        (str(also_fine), True, f"{also_fine} is issued. The confirmation is on its way."),
    ]
    shown = response.content.decode()
    assert "2 orders done." in shown
    assert "2 were left as they are." in shown
    assert violations() == []


def test_what_breaks_in_one_order_is_told_and_the_rest_goes_on(
    desk: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = cast.order_new(), cast.order_new()

    def fail_once(*args: Any, **kwargs: Any) -> Any:
        if kwargs["reference"] == str(broken):
            raise RuntimeError("the disk is full")
        return record_change(*args, **kwargs)

    monkeypatch.setattr(issuing, "record_change", fail_once)
    response = decide(desk, "issue", broken, fine)
    assert [(done, text) for _, done, text in results(response)] == [
        (False, "Something went wrong. Nothing was changed; try it again."),
        (True, f"{fine} is issued. The confirmation is on its way."),
    ]
    broken.refresh_from_db()
    assert broken.state == "in_review"
    assert violations() == []


def test_every_order_is_attributed_with_the_reason(desk: Client, cast: Cast) -> None:
    orders = [cast.order_new() for _ in range(3)]
    decide(desk, "reject", *orders, reason="The year is over.")
    for order in orders:
        event = order.events.last()
        assert event is not None
        assert (event.to_state, event.by, event.reason) == (
            "rejected",
            cast.sales,
            "The year is over.",
        )


def test_sent_twice_it_issues_once(desk: Client, cast: Cast) -> None:
    order = cast.order_new(VS_ES1=1)
    for _ in range(2):
        assert [done for _, done, _ in results(decide(desk, "issue", order))] == [True]
    assert order.events.filter(move="issue").count() == 1
    assert violations() == []


def test_too_many_at_once_are_refused(
    desk: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (decisions, "portal.desk.orders.pages"):
        name = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{name}.MAX_AT_ONCE", 2)
    orders = [cast.order_new() for _ in range(3)]
    assert "at most 2 orders at once" in decide(desk, "issue", *orders).content.decode()
    assert ask(desk, "issue", *orders).status_code == 302
    assert set(Order.objects.values_list("state", flat=True)) == {"in_review"}


@pytest.mark.parametrize("pk", ["", "abc", "-1", "0", "9" * 30, "1' OR 1=1", "1\0"])
def test_hostile_choices_are_an_error_and_change_nothing(desk: Client, cast: Cast, pk: str) -> None:
    order = cast.order_new()
    response = desk.post(f"{LIST}several/issue/", {"orders": [order.reference, pk], "reason": ""})
    assert response.status_code == 200
    assert "results" not in response.context
    order.refresh_from_db()
    assert order.state == "in_review"
