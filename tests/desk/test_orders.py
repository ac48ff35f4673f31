"""What sales sees and does with orders that wait for review."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from orders import actions
from orders.models import Order
from tests.cast import Cast, current
from tests.licensing.invariants import violations

LIST = "/admin/orders/order/"


@pytest.fixture
def desk(cast: Cast) -> Client:
    cast.sales.user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "change_order"])
    )
    client = Client()
    client.force_login(cast.sales)
    return client


def change_page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def content(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_starts_with_what_waits_for_review(desk: Client, cast: Cast) -> None:
    waiting, issued = cast.order_new(), cast.issue(cast.order_new())
    shown = content(desk, LIST)
    assert str(waiting) in shown
    assert str(issued) not in shown
    assert str(issued) in content(desk, f"{LIST}?status=all")


def test_sales_issues_an_order(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    assert "Issue" in content(desk, change_page(order))
    response = desk.post(f"{LIST}{order.pk}/issue/", follow=True)
    order.refresh_from_db()
    assert order.state == "issued"
    assert order.events.last().by == cast.sales  # type: ignore[union-attr]
    assert "is issued" in response.content.decode()
    assert not violations()


def test_sales_rejects_an_order_with_a_reason(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    reject = f"{LIST}{order.pk}/reject/"
    assert "Rejecting is final" in content(desk, reject)
    assert "This field is required." in desk.post(reject, {"reason": " "}).content.decode()
    desk.post(reject, {"reason": "Ordered twice."})
    order.refresh_from_db()
    assert (order.state, order.events.last().reason) == ("rejected", "Ordered twice.")  # type: ignore[union-attr]


def test_a_refusal_is_told_and_changes_nothing(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    actions.reject(order, by=cast.sales, reason="Ordered twice.")
    shown = desk.post(f"{LIST}{order.pk}/issue/", follow=True).content.decode()
    assert "This order was rejected. That is final: a new order is needed." in shown
    assert f"{LIST}{order.pk}/issue/" not in shown


def test_what_was_quoted_and_what_it_resolved_to_are_shown(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    typed = current(site, "ISS").lower()
    order = cast.order_existing(typed)
    shown = content(desk, change_page(order))
    assert typed in shown
    assert current(site, "ISS") in shown


@pytest.mark.parametrize("action", ["issue", "reject"])
def test_issuing_needs_a_post_and_the_permission(desk: Client, cast: Cast, action: str) -> None:
    order = cast.order_new()
    path = f"{LIST}{order.pk}/{action}/"
    if action == "issue":
        assert desk.get(path).status_code == 405
    cast.sales.user_permissions.set(Permission.objects.filter(codename="view_order"))
    assert desk.post(path, {"reason": "no"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "in_review"


@pytest.mark.parametrize("who", ["buyer", "owner", "outsider"])
def test_customers_do_not_get_to_the_desk(cast: Cast, who: str) -> None:
    client, order = Client(), cast.order_new()
    client.force_login(getattr(cast, who))
    for path in (LIST, change_page(order), f"{LIST}{order.pk}/issue/"):
        assert client.post(path).status_code == 302
    order.refresh_from_db()
    assert order.state == "in_review"


def test_orders_are_neither_added_nor_edited_nor_deleted(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(change_page(order), {"po_number": "hacked", "state": "issued"})
    order.refresh_from_db()
    assert (order.po_number, order.state) == ("4701", "in_review")
