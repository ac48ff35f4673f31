"""The desk's page of an order tells more than the customers' own page."""

from __future__ import annotations

import pytest
from django.test import Client

from orders.models import Order
from tests.cast import Cast, current
from tests.customers.order_page import steps
from tests.customers.reading import page
from tests.desk.order_pages import change_page, table
from tests.desk.staffed import At
from tests.ordering import line, order_lines
from tests.pages import links, words


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk("orders.view_order", "orders.issue_order", "licensing.view_installation")


def test_where_it_stands_is_a_picture(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    assert steps(page(desk, change_page(order)))[1:] == [
        "In review since Nov 24, 2026 Sales looks at it",
        "Issued The customer gets an email",
    ]


def test_what_each_line_did_and_the_serials_before_and_after(desk: Client, cast: Cast) -> None:
    site = cast.site(VS_ES1=6, ISS_Expert=1)
    old = current(site, "VAI")
    lines = [line("VS-ADV1", 2, "upgrade", "VS-ES1"), line("ISS-ExpertStarterPack", 1)]
    quoted = [old, current(site, "ISS")]
    order = cast.issue(order_lines(cast, *quoted, lines=lines, notify=["it@bayview.example"]))
    content = page(desk, change_page(order))
    assert table(content, "Lines") == [
        "Upgrade VS-ADV1 2 × from VS-ES1 2 0 2 Nov 23, 2027 its end is kept",
        "Upgraded VS-ES1 −2 6 4 Nov 23, 2027",
        "Add ISS-ExpertStarterPack = 4 × ISS-Expert 1 1 5 No end",
    ]
    iss, new = current(site, "ISS"), current(site, "VAI")
    assert table(content, "Serial numbers") == [
        f"ISS {iss} {iss} Stays the same {iss} Copy ISS serial",
        f"VAI {old} Old: {old} Replaced by {new} on Nov 24, 2026 "
        f"Replaced Before: Old: {old} After: {new} Copy VAI serial",
    ]
    assert "More recipients: it@bayview.example" in words(content)


def test_notes_lead_to_the_desks_own_pages(desk: Client, cast: Cast) -> None:
    """Customers' pages are closed to sales."""
    site = cast.site(ISS_Expert=1)
    first = cast.order_new(site.site_name)
    second = cast.order_new(site.site_name)
    content = page(desk, change_page(second))
    assert f"/orders/{first.reference}/" not in links(content)
    noted = [
        f"/admin/licensing/installation/?q={site.reference}",
        f"/admin/orders/order/?status=all&q={first.reference}",
    ]
    found = [" ".join(links(page(desk, link))) for link in noted]
    assert f"/admin/licensing/installation/{site.pk}/change/" in found[0]
    assert change_page(first) in found[1]
    assert set(noted) <= set(links(content))
    (note,) = table(content, "Notes")
    assert "Confirmed: It is another site" in note


def test_an_order_without_events_has_its_page(desk: Client, cast: Cast) -> None:
    """As they were made before there was a trail."""
    order = cast.order_new()
    Order.objects.filter(pk=order.pk).update(state="held", held_for="sales")
    assert "Held" in words(page(desk, change_page(order)))
