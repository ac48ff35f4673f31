"""Sales reviews the orders that wait for it."""

import pytest
from django.test import Client

from orders import actions
from orders.models import Order
from tests.cast import Cast, current
from tests.desk.staffed import At
from tests.licensing.invariants import violations
from tests.pages import words

LIST = "/admin/orders/order/"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk(*(f"orders.{verb}_order" for verb in ("view", "issue", "hold", "reject")))


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
    assert typed in words(shown)
    assert current(site, "ISS") in words(shown)


@pytest.mark.parametrize("kind", ["new", "existing"])
def test_sales_holds_an_order_and_takes_it_back(desk: Client, cast: Cast, kind: str) -> None:
    order = order_of_kind(cast, kind)
    assert "The customer gets an email" in content(desk, f"{LIST}{order.pk}/hold/")
    desk.post(f"{LIST}{order.pk}/hold/", {"reason": "Which site is it?"})
    order.refresh_from_db()
    assert order.state == "held"
    assert "Take back into review" in content(desk, change_page(order))
    desk.post(f"{LIST}{order.pk}/release/", {"reason": ""})
    order.refresh_from_db()
    assert order.state == "in_review"
    assert moves(order)[1:] == [
        ("hold", cast.sales.email, "Which site is it?"),
        ("release", cast.sales.email, ""),
    ]


def test_sales_gives_the_serial_that_the_customer_told_them(desk: Client, cast: Cast) -> None:
    site, other = cast.site(ISS_Expert=1), cast.site(ISS_Expert=1)
    order = cast.order_existing(current(site, "ISS"))
    actions.hold(order, by=cast.sales, reason="Wrong site?")
    page = f"{LIST}{order.pk}/serial/"
    assert page in content(desk, change_page(order))
    refused = desk.post(page, {"serial_ISS": "ISS-0000"})
    assert "No installation of yours has this serial number" in refused.content.decode()
    desk.post(page, {"serial_ISS": current(other, "ISS")})
    order.refresh_from_db()
    assert (order.state, order.installation) == ("in_review", other)


def test_a_note_can_be_left_when_issuing(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    desk.post(f"{LIST}{order.pk}/issue/", {"reason": "Checked with the dealer."})
    assert moves(order)[-1] == ("issue", cast.sales.email, "Checked with the dealer.")


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b"], ids=["too long", "a NUL byte"])
def test_a_hostile_reason_is_an_error_at_the_field(desk: Client, cast: Cast, reason: str) -> None:
    order = cast.order_new()
    for page in (f"{LIST}{order.pk}/reject/", f"{LIST}{order.pk}/issue/"):
        response = desk.post(page, {"reason": reason})
        assert response.status_code == 200
        assert "errorlist" in response.content.decode()
    order.refresh_from_db()
    assert order.state == "in_review"


def test_markup_in_an_order_is_shown_as_text(desk: Client, cast: Cast) -> None:
    order = cast.order_new("<script>alert(1)</script>")
    actions.hold(order, by=cast.sales, reason="<b>Which</b> site?")
    for page in ("/admin/", f"{LIST}?status=all", change_page(order), f"{LIST}{order.pk}/reject/"):
        shown = content(desk, page)
        assert "<script>alert" not in shown
        assert "<b>Which" not in shown


@pytest.mark.parametrize("pk", ["0", "99999999999999999999"])
def test_an_order_that_is_not_there_is_404(desk: Client, pk: str) -> None:
    assert desk.get(f"{LIST}{pk}/issue/").status_code == 404
    assert desk.get(f"{LIST}{pk}/serial/").status_code == 404


def order_of_kind(cast: Cast, kind: str) -> Order:
    if kind == "new":
        return cast.order_new()
    return cast.order_existing(current(cast.site(ISS_Expert=1), "ISS"))


def moves(order: Order) -> list[tuple[str, str, str]]:
    return [(e.move, e.by.email, e.reason) for e in order.events.select_related("by")]


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
