"""Each permission at the desk allows its action and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from django.db.models import Model
from django.test import Client

from licensing.models import Installation
from orders import actions
from orders.models import Order
from outbox.models import Message
from tests.cast import Cast
from tests.desk.staffed import At
from tests.pages import has

ORDERS = "/admin/orders/order/"
SEE = ("orders.view_order", "outbox.view_message", "licensing.view_installation")


class Row(NamedTuple):
    permission: str
    state: str  # of the order that it is tried on
    path: str
    becomes: str


TABLE = [
    Row("orders.issue_order", "in_review", "{pk}/issue/", "issued"),
    Row("orders.hold_order", "in_review", "{pk}/hold/", "held"),
    Row("orders.hold_order", "held", "{pk}/release/", "in_review"),
    Row("orders.reject_order", "in_review", "{pk}/reject/", "rejected"),
    Row("orders.reject_order", "held", "{pk}/reject/", "rejected"),
    Row("orders.cancel_order", "in_review", "{pk}/cancel/", "canceled"),
    Row("orders.cancel_order", "held", "{pk}/cancel/", "canceled"),
    Row("orders.issue_order", "in_review", "several/issue/", "issued"),
    Row("orders.hold_order", "in_review", "several/hold/", "held"),
    Row("orders.hold_order", "held", "several/release/", "in_review"),
    Row("orders.reject_order", "in_review", "several/reject/", "rejected"),
    Row("orders.cancel_order", "in_review", "several/cancel/", "canceled"),
]
VERBS = ["issue", "hold", "reject", "cancel", "enter"]
each_row = pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.state}-{row.path}")


def order_in(state: str, cast: Cast) -> Order:
    order = cast.order_new()
    if state == "held":
        actions.hold(order, by=cast.sales, reason="Which site is it?")
    return order


def post(client: Client, row: Row, order: Order) -> int:
    path = ORDERS + row.path.format(pk=order.pk)
    return client.post(path, {"reason": "As agreed.", "orders": order.reference}).status_code


@each_row
def test_the_permission_alone_allows_it(at_desk: At, cast: Cast, row: Row) -> None:
    order = order_in(row.state, cast)
    assert post(at_desk(row.permission), row, order) in (200, 302)
    order.refresh_from_db()
    event = order.events.last()
    assert event is not None
    assert (order.state, event.by, event.reason) == (row.becomes, cast.sales, "As agreed.")


@each_row
def test_all_the_others_together_do_not(at_desk: At, cast: Cast, row: Row) -> None:
    others = {f"orders.{verb}_order" for verb in [*VERBS, "change", "add", "delete"]}
    order = order_in(row.state, cast)
    client = at_desk(*SEE, *(others - {row.permission}))
    assert post(client, row, order) == 403
    assert client.get(ORDERS + row.path.format(pk=order.pk)).status_code in (302, 403)
    order.refresh_from_db()
    assert (order.state, order.events.last().by) == (  # type: ignore[union-attr]
        row.state,
        cast.sales if row.state == "held" else cast.buyer,
    )


@each_row
def test_asking_changes_nothing(at_desk: At, cast: Cast, row: Row) -> None:
    order = order_in(row.state, cast)
    client = at_desk(row.permission)
    assert client.get(ORDERS + row.path.format(pk=order.pk)).status_code in (200, 302)
    order.refresh_from_db()
    assert order.state == row.state


def test_who_only_looks_is_offered_nothing(at_desk: At, cast: Cast) -> None:
    order, held = order_in("in_review", cast), order_in("held", cast)
    client = at_desk(*SEE)
    pages = [f"{ORDERS}{order.pk}/change/", f"{ORDERS}{held.pk}/change/", ORDERS, "/admin/"]
    for page in pages:
        shown = client.get(page).content.decode()
        for path in ("/issue/", "/hold/", "/release/", "/reject/", "/cancel/", "/serial/"):
            assert path not in shown, (page, path)
        assert "/enter/" not in shown
        assert not has(shown, '[name="action"]')
    for path in (f"{ORDERS}{held.pk}/serial/", f"{ORDERS}enter/"):
        assert client.get(path).status_code == 403


def test_each_is_offered_what_it_may(at_desk: At, cast: Cast) -> None:
    order = order_in("in_review", cast)
    for verb in ("issue", "hold", "reject", "cancel"):
        client = at_desk("orders.view_order", f"orders.{verb}_order")
        shown = client.get(f"{ORDERS}{order.pk}/change/").content.decode()
        offered = [v for v in VERBS if f"{ORDERS}{order.pk}/{v}/" in shown]
        assert offered == [verb]
        assert has(client.get(ORDERS), f'[name="action"] option[value="{verb}"]')


def test_without_a_permission_the_first_page_tells_nothing(at_desk: At, cast: Cast) -> None:
    order = order_in("in_review", cast)
    shown = at_desk().get("/admin/").content.decode()
    assert str(order) not in shown
    assert "To review" not in shown
    assert "Mail not delivered" not in shown


@pytest.mark.parametrize("model", ["orders/order", "outbox/message", "licensing/installation"])
def test_even_every_permission_adds_and_deletes_nothing(
    at_desk: At, cast: Cast, model: str
) -> None:
    cast.site()
    app, name = model.split("/")
    kinds: dict[str, type[Model]] = {
        "order": Order, "message": Message, "installation": Installation,
    }  # fmt: skip
    row = kinds[name]._default_manager.latest("pk")
    client = at_desk(*(f"{app}.{verb}_{name}" for verb in ("view", "add", "change", "delete")))
    assert client.get(f"/admin/{model}/add/").status_code == 403
    assert client.post(f"/admin/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(
        f"/admin/{model}/",
        {"action": "delete_selected", "_selected_action": row.pk, "index": 0, "post": "yes"},
    )
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("who", ["buyer", "owner", "outsider"])
def test_customers_never_get_to_any_of_it(cast: Cast, who: str) -> None:
    client, order = Client(), cast.order_new()
    client.force_login(getattr(cast, who))
    for row in TABLE:
        assert post(client, row, order) == 302
    for path in ("/admin/", f"{ORDERS}enter/", f"{ORDERS}{order.pk}/serial/"):
        assert client.get(path).status_code == 302
    order.refresh_from_db()
    assert order.state == "in_review"
