"""Where people arrive: what needs doing, recent sites and orders, and nothing of others."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from companies.models import Membership, Role
from licensing.models import Installation
from orders import actions
from orders.models import Order, OrderEvent
from tests.cast import NOW, Cast, current
from tests.customers.reading import LogIn, copy_of, page, site_since, statements, years_ago
from tests.pages import has, linked, words

HOME_BUDGET = 9  # session and user included
CALM = "Nothing needs you."


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def home(client: Client) -> str:
    return words(page(client, "/home/"))


def test_home_tells_whose_it_is_and_how_much(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    waiting = cast.order_new("Pier 9")
    client = log_in(cast.viewer)
    text = home(client)
    assert "Harbor Security 1 installation 1 open order " in text
    content = page(client, "/home/")
    for family in ("ISS", "VAI"):
        assert has(content, f'[data-copy="{current(site, family)}"]')
    assert str(waiting) in text
    assert "In review" in text
    assert CALM in text  # what is in review waits for sales, not for the customer


def test_home_is_calm_and_says_what_comes_where_there_is_nothing(cast: Cast, log_in: LogIn) -> None:
    text = home(log_in(cast.end_customer))
    assert "Bayview Schools 0 installations 0 open orders" in text
    for empty in (CALM, "No installations yet", "No orders yet"):
        assert empty in text


def test_members_of_two_companies_see_the_current_one(cast: Cast, log_in: LogIn) -> None:
    Membership.objects.create(user=cast.buyer, company=cast.summit, role=Role.VIEWER)
    cast.site()
    cast.order_new("Ridge", company=cast.summit, by=cast.outsider)
    client = log_in(cast.buyer)
    assert "Harbor Security 1 installation 0 open orders" in home(client)
    client.post("/company/switch/", {"company": cast.summit.pk})
    assert "Summit Systems 0 installations 1 open order" in home(client)


def test_sales_is_led_to_the_desk(cast: Cast, log_in: LogIn) -> None:
    assert log_in(cast.sales).get("/home/").headers["Location"] == "/admin/"


def test_a_rejected_order_needs_somebody_for_14_days(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new("Pier 9")
    actions.reject(order, by=cast.sales, reason="Ordered twice.", at=NOW)
    client = log_in(cast.buyer)
    content = page(client, "/home/")
    assert f"{order} was rejected Pier 9 · Nov 24, 2026 · Ordered twice." in words(content)
    assert (order.get_absolute_url(), f"Open order: {order} was rejected") in linked(content)
    with time_machine.travel(NOW + dt.timedelta(days=15)):
        assert CALM in home(log_in(cast.buyer))


@pytest.mark.parametrize("site", ["new", "existing"])
def test_a_rejected_order_is_done_with_once_the_site_is_ordered_for_again(
    cast: Cast, log_in: LogIn, site: str
) -> None:
    serials = [current(cast.site(), "ISS")] if site == "existing" else []

    def order(minutes: int) -> Order:
        at = NOW + dt.timedelta(minutes=minutes)
        if serials:
            return cast.order_existing(*serials, at=at)
        return cast.order_new("Pier 9" if minutes < 2 else "PIER 9", at=at)

    rejected = actions.reject(order(0), by=cast.sales, reason="No.", at=NOW)
    cast.order_new("Pier 10", at=NOW + dt.timedelta(minutes=1))
    later = NOW + dt.timedelta(minutes=1)
    other = cast.order_new("Pier 9", company=cast.summit, by=cast.outsider, at=later)
    assert f"{rejected} was rejected" in home(log_in(cast.buyer))
    again = order(2)
    assert CALM in home(log_in(cast.buyer))
    actions.cancel(again, by=cast.buyer, reason="")
    assert f"{rejected} was rejected" in home(log_in(cast.buyer))
    assert str(other) not in home(log_in(cast.buyer))


def test_a_held_order_needs_somebody_until_it_is_solved(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new("Pier 9")
    Order.objects.filter(pk=order.pk).update(state="held", held_for="sales")
    OrderEvent.objects.create(
        order=order,
        move="hold",
        from_state="in_review",
        to_state="held",
        by=cast.sales,
        at=NOW,
        reason="Which site?",
    )
    assert f"{order} is held Pier 9 · Nov 24, 2026 · Which site?" in home(log_in(cast.buyer))


ENDS = {
    # last valid day, in days from today → what home says
    "in-91-days": (91, ""),
    "in-90-days": (90, "Ends in 90 days: 6 × VS-ES1"),
    "tomorrow": (1, "Ends in 1 day: 6 × VS-ES1"),
    "today": (0, "Ends today: 6 × VS-ES1"),
    "yesterday": (-1, "Ended Nov 23, 2026: 6 × VS-ES1"),
    "30-days-ago": (-30, "Ended Oct 25, 2026: 6 × VS-ES1"),
    "31-days-ago": (-31, ""),
}


@pytest.mark.parametrize(("days", "said"), ENDS.values(), ids=ENDS.keys())
def test_a_subscription_that_ends_needs_somebody(
    cast: Cast, log_in: LogIn, days: int, said: str
) -> None:
    site = site_since(cast, years_ago(1, days + 1), VS_ES1=6, ISS_Expert=1)
    content = page(log_in(cast.buyer), "/home/")
    if not said:
        assert CALM in content
        return
    assert f"{said} Harbor Point Terminal" in words(content)
    assert (f"/orders/new/?renew={site.reference}", f"Renew: {said}") in linked(content)
    viewed = page(log_in(cast.viewer), "/home/")
    assert (f"/installations/{site.reference}/", f"Open site: {said}") in linked(viewed)


def test_days_are_those_of_the_dealers_calendar(cast: Cast, log_in: LogIn) -> None:
    """At 3 in the morning in London it is still yesterday in Chicago."""
    site_since(cast, years_ago(1, 1), VS_ES1=6)
    night = dt.datetime(2026, 11, 25, 3, 0, tzinfo=dt.UTC)
    with time_machine.travel(night):
        assert "Ends today: 6 × VS-ES1" in home(log_in(cast.buyer))


def test_nothing_of_others_is_on_home(cast: Cast, log_in: LogIn) -> None:
    site_since(cast, years_ago(1, 10), VS_ES1=6)
    actions.reject(cast.order_new("Pier 9"), by=cast.sales, reason="No.", at=NOW)
    for user in (cast.outsider, cast.end_customer):
        content = home(log_in(user))
        assert CALM in content
        for text in ("Harbor", "Pier 9", "VS-ES1", "PO 47"):
            assert text not in content, text


def test_an_end_customer_sees_its_systems_and_no_order_of_the_dealer(
    cast: Cast, log_in: LogIn
) -> None:
    site = site_since(cast, years_ago(1, 10), VS_ES1=6)
    site.end_customer = cast.bayview
    site.save()
    content = home(log_in(cast.end_customer))
    assert "Bayview Schools 1 installation 0 open orders" in content
    assert "Ends in 9 days: 6 × VS-ES1" in content
    assert current(site, "VAI") in content
    assert "No orders yet" in content
    assert "PO 47" not in content


@pytest.mark.parametrize("rows", [3, 300])
def test_home_stays_within_its_budget(cast: Cast, log_in: LogIn, rows: int) -> None:
    site_since(cast, years_ago(1, 10), ISS_Expert=1, VS_ES1=6)
    Installation.objects.bulk_create(
        Installation(company=cast.harbor, site_name=f"S{number}") for number in range(rows)
    )
    waiting, rejected = cast.order_new(), cast.order_new()
    rejected = actions.reject(rejected, by=cast.sales, reason="No.", at=NOW)
    Order.objects.bulk_create(copy_of(order) for order in (waiting, rejected) for _ in range(rows))
    assert statements(log_in(cast.buyer), "/home/") <= HOME_BUDGET


def test_home_stays_within_its_budget_with_many_ending_lots(cast: Cast, log_in: LogIn) -> None:
    site = site_since(cast, years_ago(1, 10), VS_ES1=6)
    for _ in range(10):
        site = site_since(cast, years_ago(1, 10), VS_ES1=6, ISS_Expert=1)
    client = log_in(cast.buyer)
    assert statements(client, "/home/") <= HOME_BUDGET
    assert home(client).count("Ends in 9 days") == 2 * 11  # each, and for its button
    assert site.site_name in home(client)


def test_big_figures_are_not_counted_to_the_end(
    cast: Cast, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.customers.home.COUNTED", 2)
    for _ in range(4):
        cast.site()
    assert "More than 2 installations 0 open orders" in home(log_in(cast.buyer))
