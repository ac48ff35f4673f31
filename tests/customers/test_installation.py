"""The page of an installation: what it holds, what ends, and all of its history."""

import datetime as dt

import pytest
import time_machine

from companies.models import Membership, Role
from licensing.models import Family, Product
from tests.cast import NOW, Cast, current
from tests.customers.reading import LogIn, page, row_of, site_since, years_ago
from tests.pages import attributes, has, linked, words, words_of


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def test_licenses_without_an_end_show_their_cover(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=24, ISS_ExpertPlus=12, ISS_Backup=24, ISS_IDLA=8)
    cast.issue(cast.order_existing(current(site, "ISS"), ISS_Backup=36))
    content = page(log_in(cast.viewer), f"/installations/{site.reference}/")
    assert "Base for ISS-Backup" in row_of(content, "ISS-Expert")
    assert "Base for ISS-Backup" in row_of(content, "ISS-ExpertPlus")
    assert "60 of 36 More than the base" in row_of(content, "ISS-Backup")
    assert "Needs nothing" in row_of(content, "ISS-IDLA")
    assert "VAI subscriptions" not in content


def test_who_orders_for_another_company_only_is_offered_no_order_here(
    cast: Cast, log_in: LogIn
) -> None:
    site = site_since(cast, years_ago(1, 22), VS_ES1=6)
    Membership.objects.create(user=cast.viewer, company=cast.summit, role=Role.BUYER)
    client, path = log_in(cast.viewer), f"/installations/{site.reference}/"
    offers = ["/orders/new/?", f"{path}contacts/", f"{path}notices/"]
    assert [offer in page(client, path) for offer in offers] == [False] * 3
    assert [client.get(offer).status_code for offer in offers[1:]] == [403, 403]
    assert "/orders/new/" in page(client, "/orders/")
    buyer = log_in(cast.buyer)
    assert [offer in page(buyer, path) for offer in offers] == [True] * 3


def test_subscriptions_are_a_chart_that_is_told_in_words(cast: Cast, log_in: LogIn) -> None:
    at = years_ago(1, 22)
    site = site_since(cast, at, VS_ES1=6, VS_ADV3=16)
    content = page(log_in(cast.buyer), f"/installations/{site.reference}/")
    text = words(content)
    assert "22 licenses run today" in text
    assert "Ends in 21 days: 6 × VS-ES1. Valid through Dec 15, 2026" in text
    assert "Through Dec 15, 2028" in text
    assert "From Dec 16, 2025 through Dec 15, 2026" in attributes(
        content, "[aria-label]", "aria-label"
    )
    assert has(content, ".bar-soon")
    assert has(content, ".bar-runs")
    assert (f"/orders/new/?renew={site.reference}", "Renew") in linked(content)
    assert "ISS licenses" not in content
    viewed = page(log_in(cast.viewer), f"/installations/{site.reference}/")
    assert "Renew" not in words_of(viewed, "a, button")


def test_what_ended_is_told_and_does_not_count(cast: Cast, log_in: LogIn) -> None:
    site = site_since(cast, years_ago(1, 0), VS_ES1=6)
    text = words(page(log_in(cast.buyer), f"/installations/{site.reference}/"))
    assert "0 licenses run today" in text
    assert "Ended Nov 23, 2026" in text
    assert "Valid through" not in text  # no notice: that is for what ends soon


def test_a_last_day_and_not_the_family_decides_the_picture(cast: Cast, log_in: LogIn) -> None:
    Product.objects.create(
        part_number="ISS-Rent",
        family=Family.objects.get(pk="ISS"),
        description="A license for a year.",
        unit="device",
        term_years=1,
    )
    site = cast.site(ISS_Expert=4, ISS_Rent=2)
    text = words(page(log_in(cast.buyer), f"/installations/{site.reference}/"))
    assert "ISS licenses" in text
    assert "ISS subscriptions" in text


@pytest.mark.parametrize(("updates", "listed"), [(0, False), (4, False), (6, True)])
def test_the_picture_has_five_updates_and_a_list_has_all(
    cast: Cast, log_in: LogIn, updates: int, listed: bool
) -> None:
    at = NOW - dt.timedelta(days=100)
    site = site_since(cast, at, ISS_Expert=1, VS_ES1=1)
    first = current(site, "VAI")
    for days in range(1, updates + 1):
        then = at + dt.timedelta(days=days)
        order = cast.order_existing(current(site, "ISS"), at=then, VS_ES1=1)
        cast.issue(order, at=then)
    content = page(log_in(cast.buyer), f"/installations/{site.reference}/")
    assert f"lanes-{min(updates + 1, 5)}" in content
    text = words(content)
    assert ("All 7 updates" in text) == listed
    assert ("Last 5 of 7 updates, oldest first" in text) == listed
    assert first in text  # in the picture or in the list


def test_the_license_sheet_says_its_day_and_whom_to_ask(cast: Cast, log_in: LogIn) -> None:
    site = cast.site()
    text = words(page(log_in(cast.buyer), f"/installations/{site.reference}/"))
    assert "License sheet as of Nov 24, 2026." in text
    assert "Questions: 1.888.694.7827, sales@idisamericas.com" in text


def test_each_license_type_has_panels_of_its_own(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    text = words(page(log_in(cast.buyer), f"/installations/{site.reference}/"))
    for panel, there in {
        "ISS licenses": True,
        "VAI subscriptions": True,
        "ISS subscriptions": False,
        "VAI licenses": False,
    }.items():
        assert (panel in text) == there, panel
