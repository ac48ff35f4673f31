"""Serials of several sites that read alike: sales sees them all, and is told so."""

from __future__ import annotations

import pytest
from django.test import Client

from orders import actions
from orders.models import Order
from orders.placement import NONE, Consent, Quote
from tests.alike import FIRST, SECOND, recorded
from tests.cast import NOW, Cast
from tests.desk.staffed import At
from tests.pages import words

pytestmark = pytest.mark.both_databases

SLOPPY = "12 345 678"  # reads like both of them


@pytest.fixture
def desk(at_desk: At) -> Client:
    rights = [f"orders.{verb}_order" for verb in ("view", "hold", "issue")]
    return at_desk(*rights, "licensing.view_installation")


def old_and_new(cast: Cast) -> None:
    """One of Harbor's and one of Summit's."""
    recorded(cast, "Old Mill", FIRST)
    recorded(cast, "New Mill", SECOND, company=cast.summit)


def test_sales_sees_all_that_read_alike(desk: Client, cast: Cast) -> None:
    old_and_new(cast)
    list_page = "/admin/licensing/installation/"
    both = words(desk.get(list_page, {"q": SLOPPY}).content.decode())
    assert "Old Mill" in both
    assert "New Mill" in both
    assert "New Mill" not in words(desk.get(list_page, {"q": f"S/N: {FIRST}"}).content.decode())


def test_sales_is_told_that_a_quote_reads_like_anothers_too(desk: Client, cast: Cast) -> None:
    old_and_new(cast)
    sloppy, exact = (order_quoting(cast, text) for text in (SLOPPY, FIRST))
    assert [order.site for order in (sloppy, exact)] == ["Old Mill"] * 2
    said = words(desk.get(f"/admin/orders/order/{sloppy.pk}/change/").content.decode())
    assert "Ask the customer which one they mean." in said
    assert "New Mill of Summit Systems" in said
    said = words(desk.get(f"/admin/orders/order/{exact.pk}/change/").content.decode())
    assert "New Mill" not in said


def order_quoting(cast: Cast, text: str, consent: Consent = NONE) -> Order:
    return actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", text)],
        po_number=text,
        lines=cast.lines(ISS_Expert=len(text)),
        by=cast.buyer,
        consent=consent,
        at=NOW,
    )


def test_sales_is_told_whose_an_unknown_one_may_be(desk: Client, cast: Cast) -> None:
    for site, number in (("Old Mill", FIRST), ("New Mill", SECOND)):
        recorded(cast, site, number, company=cast.summit)
    order = order_quoting(cast, f"S/N: {SLOPPY}", consent=Consent(without_serial=True))
    said = words(desk.get(f"/admin/orders/order/{order.pk}/change/").content.decode())
    for each in (
        "Ask the customer which one they mean.",
        "Old Mill of Summit",
        "New Mill of Summit",
    ):
        assert each in said
