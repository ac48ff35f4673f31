"""Held orders at the desk: the queue, whose a quoted serial is, and the serial that sales gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from licensing.models import Installation
from orders import actions
from orders.models import Order
from orders.placement import Quote
from tests.cast import NOW, Cast, current
from tests.customers.reading import page
from tests.desk.order_pages import BUDGET, LIST, change_page, table
from tests.desk.staffed import At
from tests.kept_rows import kept
from tests.ordering import JO, order_held, order_lines
from tests.ordering import line as of
from tests.pages import attributes, linked, links, values_of, words, words_of

UNKNOWN = "ISS-0000-0000-0000-0000"
MISTYPED = "ISS-0000-0000-0000-0001"
RIGHTS = [f"orders.{verb}_order" for verb in ("view", "issue", "hold", "reject", "cancel")]


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk(*RIGHTS, "licensing.view_installation")


@kept
def secret(cast: Cast) -> Installation:
    """Another company's."""
    order = cast.issue(cast.order_new("Secret Base", by=cast.outsider, company=cast.summit))
    assert order.installation
    return order.installation


def listed(content: str) -> list[str]:
    """The words of its links, those of the list's rows among them."""
    return words_of(content, "#result_list a")


def serial_page(order: Order) -> str:
    return f"{LIST}{order.pk}/serial/"


# The queue -------------------------------------------------------------------------------


def test_the_first_page_tells_why_and_for_how_long(desk: Client, cast: Cast) -> None:
    before = [NOW - dt.timedelta(hours=hours) for hours in (4, 3, 1)]
    first = order_held(cast, at=before[0])
    second = order_held(cast, UNKNOWN, at=before[1])
    third = cast.order_new(at=before[0])
    actions.hold(third, by=cast.sales, reason="Which building?", at=before[2])
    held = [row.replace("\xa0", " ") for row in table(page(desk, "/admin/"), "Held")]
    site = "Site not known, Harbor Security"
    assert held == [
        f"{first} {site} The serial number is missing. 4 hours Open{first}",
        f"{second} Site of {UNKNOWN}, Harbor Security The serial number was not found. 3 hours "
        f"Open{second}",
        f"{third} Harbor Point Terminal, Harbor Security Which building? 1 hour Open{third}",
    ]


def test_the_list_is_filtered_by_what_orders_wait_for(desk: Client, cast: Cast) -> None:
    missing, not_found = order_held(cast), order_held(cast, UNKNOWN)
    asked = actions.hold(cast.order_new(), by=cast.sales, reason="Which building?")
    waiting = cast.order_new("Pier 9")
    shown = {
        reason: {
            str(order)
            for order in (missing, not_found, asked, waiting)
            if str(order) in listed(page(desk, f"{LIST}?held_for={reason}"))
        }
        for reason in ("serial_missing", "serial_not_found", "sales")
    }
    assert shown == {
        "serial_missing": {str(missing)},
        "serial_not_found": {str(not_found)},
        "sales": {str(asked)},
    }
    assert "Which building?" in page(desk, f"{LIST}?status=held")
    assert "Held because" not in page(desk, LIST)


def test_each_choice_of_the_filter_leads_to_held_orders(desk: Client, cast: Cast) -> None:
    order = order_held(cast)
    (link,) = [each for each in links(page(desk, LIST)) if "held_for=serial_missing" in each]
    assert str(order) in listed(page(desk, LIST + link))


def test_another_status_forgets_what_held_orders_wait_for(desk: Client, cast: Cast) -> None:
    waiting = cast.order_new()
    shown = links(page(desk, f"{LIST}?held_for=sales"))
    others = [link for link in shown if link.startswith("?") and "status=in_review" in link]
    assert others
    for link in others:
        assert str(waiting) in listed(page(desk, LIST + link))


def test_nonsense_in_the_filter_finds_nothing(desk: Client, cast: Cast) -> None:
    assert str(order_held(cast)) not in listed(page(desk, f"{LIST}?held_for=nonsense"))


# What they were told ---------------------------------------------------------------------


def test_the_order_says_what_the_customer_was_told(desk: Client, cast: Cast) -> None:
    order = order_held(cast, at=NOW - dt.timedelta(hours=3))
    shown = words(page(desk, change_page(order))).replace("\xa0", " ")
    assert "Held for 3 hours. The serial number is missing." in shown
    assert f"We told {cast.buyer.email} by email." in shown
    assert "The link in the email, to give the serial number, works through Dec 24, 2026." in shown


def test_a_new_site_was_sent_no_link(desk: Client, cast: Cast) -> None:
    order = actions.hold(cast.order_new(), by=cast.sales, reason="Which building?")
    shown = words(page(desk, change_page(order)))
    assert f"We told {cast.buyer.email} by email." in shown
    assert "The link in it" not in shown


def test_who_gave_the_serial_by_the_link_is_told(desk: Client, cast: Cast) -> None:
    site, order = cast.site(ISS_Expert=1), order_held(cast)
    quotes = [Quote("ISS", current(site, "ISS"))]
    actions.supply_serial(order, quotes=quotes, by=cast.buyer, answerer=JO)
    assert "By the link in the email" in table(page(desk, change_page(order)), "Trail")[-1]


# Whose it is -----------------------------------------------------------------------------


def test_staff_see_whether_a_serial_is_unknown_or_whose_it_is(
    desk: Client, cast: Cast, secret: Installation
) -> None:
    number = current(secret, "ISS")
    orders = [
        order_held(cast, number.lower()),
        order_held(cast, UNKNOWN),
        order_held(cast, MISTYPED),
    ]
    rows = [table(page(desk, change_page(order)), "Serial numbers") for order in orders]
    assert rows == [
        [f"ISS {number.lower()} Belongs to Secret Base of {cast.summit}."],
        [f"ISS {UNKNOWN} Unknown."],
        [f"ISS {MISTYPED} Unknown: it has a typing error."],
    ]
    link = f"/admin/licensing/installation/{secret.pk}/change/"
    assert link in links(page(desk, change_page(orders[0])))


def test_it_is_looked_up_each_time_and_kept_nowhere(
    desk: Client, cast: Cast, secret: Installation
) -> None:
    order = order_held(cast, current(secret, "ISS"))
    row = order.serials.get()
    assert (row.resolved, order.remarks) == (None, [])
    assert "Secret Base" not in "".join(event.why for event in order.events.all())
    secret.site_name = "Renamed Base"
    secret.save()
    assert "Belongs to Renamed Base" in words(page(desk, change_page(order)))


def test_who_may_not_see_installations_is_not_told(
    at_desk: At, cast: Cast, secret: Installation
) -> None:
    order = order_held(cast, current(secret, "ISS"))
    desk = at_desk(*RIGHTS)
    assert table(page(desk, change_page(order)), "Serial numbers")[0].endswith("Not found")
    refused = desk.post(serial_page(order), {"serial_ISS": current(secret, "ISS")})
    for content in (page(desk, change_page(order)), refused.content.decode()):
        assert "Secret Base" not in content


def test_a_superseded_serial_is_told_with_the_order_that_replaced_it(
    desk: Client, cast: Cast
) -> None:
    site = cast.site(VS_ES1=1)
    old = current(site, "VAI")
    by = cast.issue(cast.order_existing(old, VS_ES1=1))
    order = cast.order_existing(old, VS_ES1=2, at=NOW + dt.timedelta(days=1))
    content = page(desk, change_page(order))
    now = current(site, "VAI")
    says = f"Old: {old} Replaced by {now} on Nov 24, 2026 By order {by}."
    assert table(content, "Serial numbers") == [f"VAI {old} {says}"]
    assert (change_page(by), str(by)) in linked(content)


# The serial that sales gives -------------------------------------------------------------


def test_it_starts_with_what_was_quoted(desk: Client, cast: Cast) -> None:
    shown = page(desk, serial_page(order_held(cast, UNKNOWN)))
    assert values_of(shown, "serial_ISS") == [UNKNOWN]


def test_staff_see_whose_the_refused_serial_is(
    desk: Client, cast: Cast, secret: Installation
) -> None:
    order = order_held(cast)
    answer = desk.post(serial_page(order), {"serial_ISS": current(secret, "ISS")})
    shown = words(answer.content.decode())
    assert "No installation of yours has this serial number." in shown
    assert f"Only sales sees this: {current(secret, 'ISS')} Belongs to Secret Base" in shown
    order.refresh_from_db()
    assert order.state == "held"


@pytest.mark.parametrize("by", ["site", "PO", "order", "serial"])
def test_installations_of_the_company_are_found(
    desk: Client, cast: Cast, secret: Installation, by: str
) -> None:
    first = cast.issue(cast.order_new("Pier 9 Cold Storage", VS_ES1=1))
    cast.site(ISS_Expert=1)
    assert first.installation
    query = {
        "site": "cold STOR",
        "PO": first.po_number,
        "order": first.reference.upper(),
        "serial": current(first.installation, "VAI").lower(),
    }[by]
    shown = desk.get(serial_page(order_held(cast)), {"q": query}).content.decode()
    (row,) = table(shown, "Installations that the order may be for")
    assert row.startswith(f"Pier 9 Cold Storage {current(first.installation, 'VAI')}")


@pytest.mark.parametrize("query", ["Secret", "serial", "PO", "order"])
def test_no_other_companys_are_suggested(
    desk: Client, cast: Cast, secret: Installation, query: str
) -> None:
    order = secret.orders.get()
    asked = {"serial": current(secret, "ISS"), "PO": order.po_number, "order": order.reference}
    for path in ("", f"?q={asked.get(query, query)}"):
        assert "Secret Base" not in page(desk, serial_page(order_held(cast)) + path)
    chosen = f"{serial_page(order_held(cast))}?installation={secret.reference}"
    assert desk.get(chosen).status_code == 404


def test_the_chosen_installation_fills_in_its_serials(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    order = order_held(cast, UNKNOWN)
    shown = links(page(desk, serial_page(order)))
    (link,) = [each for each in shown if each.startswith("?installation=")]
    filled = page(desk, serial_page(order) + link)
    serials = {f"serial_{code}": current(site, code) for code in ("ISS", "VAI")}
    assert {name: values_of(filled, name) for name in serials} == {
        name: [number] for name, number in serials.items()
    }
    assert serial_page(order) in attributes(filled, "form", "action")
    answer = desk.post(serial_page(order), serials, follow=True)
    assert f"{order} is back in review." in words(answer.content.decode())
    order.refresh_from_db()
    assert (order.state, order.installation) == ("in_review", site)


def test_it_is_told_when_the_order_is_issued_by_it(desk: Client, cast: Cast) -> None:
    cast.harbor.auto_issue = True
    cast.harbor.save()
    site, order = cast.order_new().installation, order_held(cast)
    assert site
    answer = desk.post(serial_page(order), {"serial_ISS": current(site, "ISS")}, follow=True)
    assert f"{order} is issued." in words(answer.content.decode())


def test_nobody_can_release_what_still_lacks_its_installation(desk: Client, cast: Cast) -> None:
    order = order_held(cast)
    assert f"{LIST}{order.pk}/release/" not in page(desk, change_page(order))
    for answer in (
        desk.get(f"{LIST}{order.pk}/release/"),
        desk.post(f"{LIST}{order.pk}/release/", follow=True),
    ):
        assert "Enter the serial number of the installation." in words(answer.content.decode())
    order.refresh_from_db()
    assert order.state == "held"


@pytest.mark.parametrize("rows", [1, 30])
def test_held_pages_stay_within_their_budget(
    desk: Client, cast: Cast, secret: Installation, rows: int
) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=rows)
    for _ in range(rows):
        cast.site(ISS_Expert=1)
    order = order_held(cast, current(secret, "ISS"), UNKNOWN.replace("ISS", "VAI"))
    in_review = order_lines(
        cast, current(site, "VAI"), lines=[of("VS-ADV1", 1, "upgrade", "VS-ES1")] * rows
    )
    for path in (
        change_page(order),
        serial_page(order),
        serial_page(order) + "?q=harbor",
        f"{LIST}?status=held",
        f"{LIST}?held_for=serial_not_found",
        change_page(in_review),
        f"{LIST}{in_review.pk}/issue/",
    ):
        with CaptureQueriesContext(connection) as captured:
            page(desk, path)
        search = 5 if "?q=" in path else 0  # each of its arms is a statement of its own
        assert len(captured) <= BUDGET + search, path


@pytest.mark.parametrize("query", ["x" * 5000, "a\0b", "%", "'", "\u202e", "²"])
def test_hostile_searches_find_nothing(desk: Client, cast: Cast, query: str) -> None:
    cast.site(ISS_Expert=1)
    order = order_held(cast)
    assert desk.get(serial_page(order), {"q": query}).status_code == 200
    assert desk.get(serial_page(order), {"installation": query}).status_code in (200, 404)
    answer = desk.post(serial_page(order), {"serial_ISS": query})
    assert answer.status_code == 200
    order.refresh_from_db()
    assert order.state == "held"
