"""Each place says the same about units that are left to renew, however many were renewed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client

from licensing.models import Family, Installation, Product
from notifications.notices.runs import send_notices
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.customers.order_form import send, values
from tests.customers.reading import LogIn, page, site_since, years_ago
from tests.notifications.reading import sent, text_of
from tests.ordering import line, order_lines
from tests.pages import linked, links, only, values_of, words, words_of

Left = dict[tuple[str, str], int]  # units by part number and last valid day
SOON, LATER = "Dec 15, 2026", "Jan 4, 2027"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def renewed(cast: Cast, site: Installation, units: int, part: str, end: dt.date) -> None:
    lines = [line(part, units, "renew", part, lot_end=end)]
    cast.issue(order_lines(cast, current(site, "VAI"), lines=lines))


def soon(cast: Cast) -> Installation:
    """Six that end on December 15."""
    return site_since(cast, years_ago(1, 22), ISS_Expert=1, VS_ES1=6)


def renewed_in_part(cast: Cast) -> Installation:
    site = soon(cast)
    renewed(cast, site, 4, "VS-ES1", dt.date(2026, 12, 15))
    return site


def renewed_whole(cast: Cast) -> Installation:
    site = soon(cast)
    renewed(cast, site, 6, "VS-ES1", dt.date(2026, 12, 15))
    return site


def ended(cast: Cast) -> Installation:
    """Six that ended ten days ago."""
    return site_since(cast, years_ago(1, -9), ISS_Expert=1, VS_ES1=6)


def ended_and_renewed(cast: Cast) -> Installation:
    site = ended(cast)
    renewed(cast, site, 6, "VS-ES1", dt.date(2026, 11, 14))
    return site


def of_several_days(cast: Cast) -> Installation:
    """Two lots of one day, of which one is renewed, and one of another day."""
    site = soon(cast)
    for days, units in ((22, 3), (42, 2)):
        at = years_ago(1, days)
        cast.issue(cast.order_existing(current(site, "ISS"), at=at, VS_ES1=units), at=at)
    renewed(cast, site, 6, "VS-ES1", dt.date(2026, 12, 15))
    return site


def of_two_kinds(cast: Cast) -> Installation:
    return site_since(cast, years_ago(1, 22), ISS_Expert=1, VS_ES1=6, VS_ADV1=2)


def upgraded_away(cast: Cast) -> Installation:
    site = soon(cast)
    lines = [line("VS-ADV1", 2, "upgrade", "VS-ES1")]
    cast.issue(order_lines(cast, current(site, "VAI"), lines=lines))
    return site


def retired(cast: Cast) -> Installation:
    """A lot whose whole tier is not sold now."""
    site = soon(cast)
    Product.objects.filter(tier=Product.objects.get(pk="VS-ES1").tier).update(active=False)
    return site


def far_from_its_end(cast: Cast) -> Installation:
    return site_since(cast, years_ago(0, -3), ISS_Expert=1, VS_ES1=6)


@dataclass(frozen=True)
class Case:
    make: Callable[[Cast], Installation]
    left: Left


CASES = {
    "soon": Case(soon, {("VS-ES1", SOON): 6}),
    "renewed-in-part": Case(renewed_in_part, {("VS-ES1", SOON): 2}),
    "renewed-whole": Case(renewed_whole, {}),
    "ended": Case(ended, {("VS-ES1", "Nov 14, 2026"): 6}),
    "ended-and-renewed": Case(ended_and_renewed, {}),
    "several-days": Case(of_several_days, {("VS-ES1", SOON): 3, ("VS-ES1", LATER): 2}),
    "two-kinds": Case(of_two_kinds, {("VS-ES1", SOON): 6, ("VS-ADV1", SOON): 2}),
    "upgraded-away": Case(upgraded_away, {("VS-ES1", SOON): 4, ("VS-ADV1", SOON): 2}),
    "retired": Case(retired, {("VS-ES1", SOON): 6}),
    "far-from-its-end": Case(far_from_its_end, {}),
}


def amounts(texts: list[str]) -> list[tuple[int, str]]:
    """The units and part numbers in texts like “Ends in 21 days: 6 × VS-ES1.”."""
    told = [text.rpartition(": ")[2].partition(".")[0].partition(" × ") for text in texts]
    return sorted((int(units), part.split()[0]) for units, _by, part in told)


def on_home(client: Client, site: Installation) -> list[tuple[int, str]]:
    found = linked(page(client, "/home/"))
    offers = [text for link, text in found if link == f"/orders/new/?renew={site.reference}"]
    return amounts(offers)


def on_the_page(client: Client, site: Installation) -> list[tuple[int, str]]:
    content = page(client, f"/installations/{site.reference}/")
    offers = f"/orders/new/?renew={site.reference}" in links(content)
    told = amounts(words_of(content, ".notice.held strong"))
    assert offers == bool(told), "told and offered"
    return told


def in_the_mail(site: Installation) -> list[tuple[int, str]]:
    """Today, and a week before what is recorded today ends."""
    Family.objects.update(asks_changeover=False)
    told: dict[tuple[str, str], int] = {}
    for days in (0, 14):
        before = set(Message.objects.values_list("pk", flat=True))
        send_notices(at=NOW + dt.timedelta(days=days))
        for message in Message.objects.exclude(pk__in=before):
            text = text_of(sent(message))
            assert f"?renew={site.reference}" in text
            for units, part, end in re.findall(r"^(\d+) × (\S+)\n.* through ([^.]+)\.", text, re.M):
                told[part, end] = int(units)
    return sorted((units, part) for (part, _end), units in told.items())


def in_the_form(response: Any) -> list[tuple[int, str]]:
    data = response.context["form"].data.dict()
    rows = range(int(data["lines-TOTAL_FORMS"]))
    return sorted(
        (int(data[f"lines-{row}-quantity"]), data[f"lines-{row}-source"].partition("|")[0])
        for row in rows
        if data.get(f"lines-{row}-quantity")
    )


def actions(response: Any) -> list[str]:
    data = response.context["form"].data
    shown = [data.get(f"lines-{row}-action") for row in range(int(data["lines-TOTAL_FORMS"]))]
    return [action or "add" for action in shown]  # what a line begins with


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_place_says_the_same(cast: Cast, log_in: LogIn, case: Case) -> None:
    site = case.make(cast)
    expected = sorted((units, part) for (part, _day), units in case.left.items())
    buyer, desk = log_in(cast.buyer), log_in(cast.sales)
    door = f"?renew={site.reference}"
    assert on_home(buyer, site) == expected
    assert on_the_page(buyer, site) == expected
    assert in_the_form(buyer.get(f"/orders/new/{door}")) == expected
    entry = f"/admin/orders/order/enter/{cast.harbor.pk}/{door}"
    assert in_the_form(desk.get(entry)) == expected
    at_the_desk = page(desk, f"/admin/licensing/installation/{site.pk}/change/")
    told = " ".join(f"{n} × {part}, valid through {day}." for (part, day), n in sorted_by_day(case))
    note = f"Left to renew: {told} Renew for the customer"
    assert (note in words_of(at_the_desk, ".desk-note")) == bool(case.left)
    assert (entry in links(at_the_desk)) == bool(case.left)
    assert in_the_mail(site) == expected


def sorted_by_day(case: Case) -> list[tuple[tuple[str, str], int]]:
    return sorted(case.left.items(), key=lambda each: (each[0][1][-4:], each[0]))


# The door -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_door_never_opens_an_empty_add(cast: Cast, log_in: LogIn, case: Case) -> None:
    site = case.make(cast)
    response = log_in(cast.buyer).get(f"/orders/new/?renew={site.reference}")
    assert actions(response) == ["renew"] * max(1, len(case.left))
    nothing = f"Nothing at {site} is left to renew now"
    assert (nothing in words(response)) == (not case.left)


def test_a_site_without_subscriptions_opens_an_order_for_it(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    response = log_in(cast.buyer).get(f"/orders/new/?renew={site.reference}")
    assert f"Nothing at {site} is left to renew now" in words(response)
    assert actions(response) == ["add"]


def test_what_nothing_renews_is_filled_in_and_leads_to_sales(cast: Cast, log_in: LogIn) -> None:
    site = retired(cast)
    response = log_in(cast.buyer).get(f"/orders/new/?renew={site.reference}")
    text = "Nothing that is sold now renews VS-ES1. Remove that line, and ask sales: 1.888.694.7827"
    assert text in words(response)
    assert values_of(response, "lines-0-source") == ["VS-ES1|2026-12-15"]


def test_opening_it_again_tells_nothing_twice(cast: Cast, log_in: LogIn) -> None:
    site = renewed_whole(cast)
    buyer, path = log_in(cast.buyer), f"/orders/new/?renew={site.reference}"
    said = words_of(buyer.get(path), ".messages p")
    assert said == words_of(buyer.get(path), ".messages p")
    assert len(said) == 1


def test_the_door_of_sales_is_for_the_companys_own_sites(cast: Cast, log_in: LogIn) -> None:
    site, desk = soon(cast), log_in(cast.sales)
    door = f"/admin/orders/order/enter/{cast.summit.pk}/?renew={site.reference}"
    assert desk.get(door).status_code == 404


def test_long_after_its_end_home_reminds_nobody_and_the_page_still_offers_it(
    cast: Cast, log_in: LogIn
) -> None:
    site = site_since(cast, years_ago(1, -40), ISS_Expert=1, VS_ES1=6)
    buyer = log_in(cast.buyer)
    assert on_home(buyer, site) == []
    assert on_the_page(buyer, site) == [(6, "VS-ES1")]
    given_up = site_since(cast, years_ago(1, -100), ISS_Expert=1, VS_ES1=6)
    assert on_the_page(buyer, given_up) == []
    response = buyer.get(f"/orders/new/?renew={given_up.reference}")
    assert "6 × VS-ES1, through Aug 15, 2026" in words_of(response, "#id_lines-0-source option")


# Renew instead? -------------------------------------------------------------------------


def adding(site: Installation, quantity: str, **more: str) -> dict[str, str]:
    fields = {"kind": "existing", "site_name": "", "serial_VAI": current(site, "VAI")}
    return values(("VS-ES1", quantity), **fields, **more)


HINT = "6 × VS-ES1 of this site, valid through Dec 15, 2026, are not renewed yet."


def test_who_adds_what_ends_soon_is_asked_to_renew_it_instead(cast: Cast, log_in: LogIn) -> None:
    site, buyer = soon(cast), log_in(cast.buyer)
    sent_form = send(buyer, cast, adding(site, "6", preview="1"))
    assert HINT in words(only(sent_form, "#lines-0-notes .notice"))
    [button] = values_of(sent_form, "renew_line")
    changed = send(buyer, cast, adding(site, "6", renew_line=button))
    assert in_the_form(changed) == [(6, "VS-ES1")]
    assert actions(changed) == ["renew"]
    assert values_of(changed, "renew_line") == []


def test_what_is_more_than_ends_is_still_added(cast: Cast, log_in: LogIn) -> None:
    site, buyer = renewed_in_part(cast), log_in(cast.buyer)
    [button] = values_of(send(buyer, cast, adding(site, "5", preview="1")), "renew_line")
    changed = send(buyer, cast, adding(site, "5", renew_line=button))
    data = changed.context["form"].data
    assert actions(changed) == ["renew", "add"]
    assert [data[f"lines-{row}-quantity"] for row in (0, 1)] == ["2", "3"]
    assert values_of(changed, "renew_line") == [], "all that ends is renewed by the order itself"


@pytest.mark.parametrize("case", ["renewed-whole", "far-from-its-end"])
def test_nobody_is_asked_where_nothing_is_left(cast: Cast, log_in: LogIn, case: str) -> None:
    site = CASES[case].make(cast)
    response = send(log_in(cast.buyer), cast, adding(site, "6", preview="1"))
    assert values_of(response, "renew_line") == []


@pytest.mark.parametrize("forged", ["", "0", "7|6|VS-ES1|2026-12-15", "0|-1|x", "0|1000000000|x"])
def test_a_forged_button_loses_nothing(cast: Cast, log_in: LogIn, forged: str) -> None:
    site = soon(cast)
    changed = send(log_in(cast.buyer), cast, adding(site, "6", renew_line=forged))
    data = changed.context["form"].data
    assert (data["lines-0-action"], data["lines-0-quantity"]) == ("add", "6")
