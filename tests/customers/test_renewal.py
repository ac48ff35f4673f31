"""The "Renew" button: a form with what ends filled in, and nothing ordered by opening it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from licensing.models import Installation, Product
from orders.form.renewals import renewals
from orders.models import Order
from tests.cast import NOW, Cast, current
from tests.customers.reading import LogIn, site_since, years_ago
from tests.kept_rows import kept
from tests.ordering import line, order_lines

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@kept
def site(cast: Cast) -> Installation:
    """Ends on Dec 15, 2026; and three years on, on Dec 15, 2028."""
    return site_since(cast, years_ago(1, 22), VS_ES1=6, VS_ADV3=16, ISS_Expert=1)


def filled(log_in: LogIn, cast: Cast, site: Installation) -> dict[str, str]:
    response = log_in(cast.buyer).get(f"/orders/new/?renew={site.reference}")
    assert response.status_code == 200
    data = response.context["form"].data.dict()
    names = ("kind", "serial_ISS", "serial_VAI", "lines-TOTAL_FORMS")
    return {
        name: data[name] for name in data if name in names or (name[:6] == "lines-" and data[name])
    }


def test_what_ends_soon_is_filled_in(cast: Cast, log_in: LogIn, site: Installation) -> None:
    before = Order.objects.count()
    assert filled(log_in, cast, site) == {
        "kind": "existing",
        "serial_ISS": current(site, "ISS"),
        "serial_VAI": current(site, "VAI"),
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-action": "renew",
        "lines-0-source": "VS-ES1|2026-12-15",
        "lines-0-product": "VS-ES1",
        "lines-0-quantity": "6",
    }
    assert Order.objects.count() == before


def test_what_is_renewed_is_not_offered_again(
    cast: Cast, log_in: LogIn, site: Installation
) -> None:
    some = [line("VS-ES3", 4, "renew", "VS-ES1")]
    cast.issue(order_lines(cast, current(site, "VAI"), lines=some))
    assert filled(log_in, cast, site)["lines-0-quantity"] == "2"
    rest = [line("VS-ES1", 2, "renew", "VS-ES1")]
    cast.issue(order_lines(cast, current(site, "VAI"), lines=rest))
    assert filled(log_in, cast, site)["lines-TOTAL_FORMS"] == "1"  # an empty one
    assert "lines-0-product" not in filled(log_in, cast, site)


@pytest.mark.parametrize(
    ("days", "offered"), [(-91, False), (-90, True), (0, True), (90, True), (91, False)]
)
def test_what_ended_long_ago_was_let_go(
    cast: Cast, site: Installation, days: int, offered: bool
) -> None:
    lots = [lot for lot in site.lots.held() if lot.part.part_number == "VS-ES1"]
    today = dt.date(2026, 12, 15) + days * dt.timedelta(days=1)
    assert bool(renewals(lots, today)) == offered


def test_a_product_that_is_not_sold_any_more_is_renewed_with_another_of_its_tier(
    site: Installation,
) -> None:
    Product.objects.filter(pk="VS-ES1").update(active=False)
    [renewal] = renewals(site.lots.held(), TODAY)
    assert (renewal.source, renewal.product) == ("VS-ES1", "VS-ES3")


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("outsider", 404)])
def test_it_is_for_who_may_order_there(
    cast: Cast, log_in: LogIn, site: Installation, who: str, status: int
) -> None:
    client = log_in(getattr(cast, who))
    assert client.get(f"/orders/new/?renew={site.reference}").status_code == status


def test_its_days_can_be_changed(cast: Cast, log_in: LogIn, site: Installation) -> None:
    buyer, page = log_in(cast.buyer), f"/installations/{site.reference}/"
    assert "90 days before, 60 days before" in buyer.get(page).content.decode()
    said = buyer.post(f"{page}notices/", {"steps": ["-7", "0"]}, follow=True).content.decode()
    assert "7 days before, on the last day\n" in said
    refused = buyer.post(f"{page}notices/", {"steps": ["-8"]})
    assert "Select a valid choice" in refused.content.decode()
    none = buyer.post(f"{page}notices/", {}, follow=True).content.decode()
    assert "No notices are sent for this site." in none
