"""How many statements the desk's pages take, session, user and permissions included."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from licensing.models import Installation
from orders.models import Order, OrderEvent
from outbox.actions import queue
from tests.cast import NOW, Cast, current
from tests.customers.reading import copy_of
from tests.desk.order_pages import BUDGET
from tests.desk.staffed import At


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk(
        *(f"orders.{verb}_order" for verb in ("view", "issue", "hold", "reject", "enter")),
        "outbox.view_message",
        "outbox.retry_message",
        "licensing.view_installation",
        "licensing.change_installation",
        "notifications.view_noticerun",
    )


def fill(cast: Cast, rows: int) -> tuple[Order, Installation]:
    """That many of everything, waiting or held, and a site with that many revisions."""
    waiting = cast.order_new()
    held = [copy_of(waiting) for _ in range(rows)]
    for order in held:
        order.state, order.held_for = "held", "sales"
    Order.objects.bulk_create([*(copy_of(waiting) for _ in range(rows)), *held])
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            move="hold",
            from_state="in_review",
            to_state="held",
            by=cast.sales,
            at=NOW,
            reason="?",
        )
        for order in Order.objects.filter(state="held")
    )
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    for _ in range(min(rows, 10)):
        cast.issue(cast.order_existing(current(site, "ISS"), VS_ES1=1))
    Installation.objects.bulk_create(
        Installation(company=cast.harbor, site_name=f"S{n}") for n in range(rows)
    )
    queue([EmailMessage("x", "x", to=["ann@x.example"]) for _ in range(rows)], record="abc/R1")
    return Order.objects.filter(state="issued").latest("pk"), site


@pytest.mark.parametrize("rows", [3, 100])
def test_pages_stay_within_their_budget(desk: Client, cast: Cast, rows: int) -> None:
    order, site = fill(cast, rows)
    ContentType.objects.get_for_model(Order)  # asked once in the life of a process
    for path in (
        "/admin/",
        "/admin/orders/order/",
        "/admin/orders/order/?status=all&q=harbor",
        f"/admin/orders/order/{order.pk}/change/",
        "/admin/orders/order/enter/",
        "/admin/outbox/message/",
        "/admin/licensing/installation/",
        "/admin/licensing/installation/?server=old",
        "/admin/notifications/noticerun/",
        f"/admin/licensing/installation/?q={current(site, 'ISS')}",
        f"/admin/licensing/installation/{site.pk}/change/",
    ):
        assert statements(desk, path) <= BUDGET, path


def test_the_first_page_shows_what_waits(desk: Client, cast: Cast) -> None:
    fill(cast, 3)
    queue([EmailMessage("x", "x", to=["ann@x.example"])])[0].__class__.objects.update(
        state="failed"
    )
    counts = desk.get("/admin/").context["counts"]
    found = {str(count.what): count.number for count in counts}
    failed = found["Mail not delivered"]
    assert found == {
        "To review": 4,
        "Held": 3,
        "Mail waiting": 0,
        "Mail not delivered": failed,
        "Sites on an old serial": 1,
    }
    assert failed > 0
