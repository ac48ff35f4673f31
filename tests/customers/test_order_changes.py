"""Customers cancel an order that was placed, or give its serial number."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import User
from orders import actions
from orders.models import Order
from tests.cast import Cast, current
from tests.customers.reading import DETAIL_BUDGET
from tests.pages import values_of


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(order: Order) -> str:
    return f"/orders/{order.reference}/"


def hold(cast: Cast, order: Order) -> Order:
    return actions.hold(order, by=cast.sales, reason="Which site is it?")


def held_existing(cast: Cast) -> Order:
    return hold(cast, cast.order_existing(current(cast.site(ISS_Expert=1), "ISS")))


def test_a_buyer_cancels_after_being_asked(cast: Cast) -> None:
    order, client = cast.order_new(), log_in(cast.buyer)
    assert f"{page(order)}cancel/" in client.get(page(order)).content.decode()
    assert "That is final" in client.get(f"{page(order)}cancel/").content.decode()
    order.refresh_from_db()
    assert order.state == "in_review"
    answer = client.post(f"{page(order)}cancel/", {"reason": "Ordered twice."}, follow=True)
    shown = answer.content.decode()
    assert "Order canceled. Nothing is issued." in shown
    assert "Ordered twice." in shown
    assert f"{page(order)}cancel/" not in shown


def test_what_is_final_is_told_instead_of_asked(cast: Cast) -> None:
    order, client = cast.issue(cast.order_new()), log_in(cast.buyer)
    for answer in (
        client.get(f"{page(order)}cancel/", follow=True),
        client.post(f"{page(order)}cancel/", follow=True),
    ):
        assert "This order was issued already. That is final." in answer.content.decode()


def test_a_hostile_reason_is_an_error_at_the_field(cast: Cast) -> None:
    order, client = cast.order_new(), log_in(cast.buyer)
    for reason in ("x" * 501, "a\0b"):
        response = client.post(f"{page(order)}cancel/", {"reason": reason})
        assert "errorlist" in response.content.decode()
    order.refresh_from_db()
    assert order.state == "in_review"


def test_a_held_order_says_why_and_asks_for_the_serial(cast: Cast) -> None:
    order, other = held_existing(cast), cast.site(ISS_Expert=1)
    client = log_in(cast.buyer)
    shown = client.get(page(order)).content.decode()
    assert "Which site is it?" in shown
    assert "Give the serial number" in shown
    refused = client.post(f"{page(order)}serial/", {"serial_ISS": "ISS-0000"})
    assert "No installation of yours has this serial number" in refused.content.decode()
    assert values_of(refused, "serial_ISS") == ["ISS-0000"]
    given = client.post(f"{page(order)}serial/", {"serial_ISS": current(other, "ISS")}, follow=True)
    assert "The order is back in review." in given.content.decode()
    order.refresh_from_db()
    assert (order.state, order.installation) == ("in_review", other)


def test_an_order_for_a_new_site_asks_for_no_serial(cast: Cast) -> None:
    order = hold(cast, cast.order_new())
    assert "Give the serial number" not in log_in(cast.buyer).get(page(order)).content.decode()


def test_a_viewer_is_offered_nothing_and_may_nothing(cast: Cast) -> None:
    order, client = held_existing(cast), log_in(cast.viewer)
    shown = client.get(page(order)).content.decode()
    assert "Cancel order" not in shown
    assert "Give the serial number" not in shown
    assert client.post(f"{page(order)}cancel/").status_code == 403
    assert client.post(f"{page(order)}serial/", {"serial_ISS": "x"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "held"


@pytest.mark.parametrize("who", ["outsider", "end_customer", "sales"])
def test_others_get_404(cast: Cast, who: str) -> None:
    order, client = held_existing(cast), log_in(getattr(cast, who))
    assert client.post(f"{page(order)}cancel/").status_code == 404
    assert client.post(f"{page(order)}serial/").status_code == 404
    order.refresh_from_db()
    assert order.state == "held"


def test_giving_a_serial_needs_a_post(cast: Cast) -> None:
    assert log_in(cast.buyer).get(f"{page(held_existing(cast))}serial/").status_code == 405


def test_a_held_order_stays_within_its_budget(cast: Cast) -> None:
    order, client = held_existing(cast), log_in(cast.buyer)
    with CaptureQueriesContext(connection) as captured:
        client.get(page(order))
    assert len(captured) <= DETAIL_BUDGET
