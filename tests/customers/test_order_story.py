"""The page of an order tells its state, its effects, and the serials that were quoted and found."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from companies.models import Company
from orders import actions
from orders.models import Order
from orders.placement import Consent, Quote
from tests.cast import NOW, Cast, current
from tests.customers.order_page import panel, section, steps
from tests.customers.reading import (
    DETAIL_BUDGET,
    LogIn,
    page,
    site_since,
    statements,
    years_ago,
)
from tests.ordering import JO, line, order_held, order_lines
from tests.pages import every, links, only, words_of

LATER = NOW + dt.timedelta(days=2)


def path(order: Order) -> str:
    return f"/orders/{order.reference}/"


def rows(content: str) -> list[str]:
    """The rows of the table of the lines."""
    return words_of(only(section(content, "Lines"), "tbody"), "tr")


# Where it stands -------------------------------------------------------------------------


def test_an_order_in_review(cast: Cast, log_in: LogIn) -> None:
    shown = page(log_in(cast.buyer), path(cast.order_new()))
    assert steps(shown) == [
        "Submitted Nov 24, 2026",
        "In review since Nov 24, 2026 Sales looks at it",
        "Issued We email you",
    ]
    assert len(every(shown, '[aria-current="step"]')) == 1


def test_a_held_order_says_since_when_and_why(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new()
    actions.hold(order, by=cast.sales, reason="Which building?", at=LATER)
    assert steps(page(log_in(cast.buyer), path(order))) == [
        "Submitted Nov 24, 2026",
        "In review 2 days",
        "Held since Nov 26, 2026 Which building?",
        "Issued We email you",
    ]


def test_an_order_that_waits_for_its_serial(cast: Cast, log_in: LogIn) -> None:
    shown = page(log_in(cast.buyer), path(order_held(cast)))
    assert steps(shown)[1] == "Held since Nov 24, 2026 The serial number is missing."
    assert "The serial number is missing." in panel(shown, "Trail")


def test_an_issued_order_shows_how_long_each_wait_took(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    order = order_held(cast)
    quotes = [Quote("ISS", current(site, "ISS"))]
    actions.supply_serial(order, quotes=quotes, by=cast.buyer, at=NOW + dt.timedelta(hours=3))
    cast.issue(order, at=NOW + dt.timedelta(hours=3, minutes=20))
    assert steps(page(log_in(cast.buyer), path(order))) == [
        "Submitted Nov 24, 2026",
        "Held 3 hours",
        "In review 20 minutes",
        "Issued Nov 24, 2026 R2",
    ]


def test_two_waits_of_a_kind_are_one_stop(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new()
    hours = [NOW + dt.timedelta(hours=hour) for hour in range(6)]
    actions.hold(order, by=cast.sales, reason="One?", at=hours[1])
    actions.release(order, by=cast.sales, at=hours[2])
    actions.hold(order, by=cast.sales, reason="Two?", at=hours[4])
    assert steps(page(log_in(cast.buyer), path(order))) == [
        "Submitted Nov 24, 2026",
        "In review 3 hours",
        "Held since Nov 24, 2026 Two?",
        "Issued We email you",
    ]


def test_a_canceled_order_ends_there(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new()
    actions.cancel(order, by=cast.buyer, reason="Ordered twice.", at=LATER)
    assert steps(page(log_in(cast.buyer), path(order))) == [
        "Submitted Nov 24, 2026",
        "In review 2 days",
        "Canceled Nov 26, 2026 Ordered twice.",
    ]


def test_who_gave_the_serial_by_the_link_is_told_so(cast: Cast, log_in: LogIn) -> None:
    site, order = cast.site(ISS_Expert=1), order_held(cast)
    quotes = [Quote("ISS", current(site, "ISS"))]
    actions.supply_serial(order, quotes=quotes, by=cast.buyer, answerer=JO)
    trail = panel(page(log_in(cast.buyer), path(order)), "Trail")
    assert f"Serial number given by {JO}, by the link in the email to {cast.buyer.email}" in trail


# What each line did ----------------------------------------------------------------------


def test_an_upgrade_tells_both_sides_and_that_the_end_is_kept(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=6)
    lines = [line("VS-ADV1", 2, "upgrade", "VS-ES1")]
    order = cast.issue(order_lines(cast, current(site, "VAI"), lines=lines, at=LATER), at=LATER)
    assert rows(page(log_in(cast.viewer), path(order))) == [
        "Upgrade VS-ADV1 2 × from VS-ES1 2 0 2 Nov 23, 2027 its end is kept",
        "Upgraded VS-ES1 −2 6 4 Nov 23, 2027",
    ]


def test_an_early_renewal_tells_the_old_end_and_the_new_one(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=6)
    lines = [line("VS-ES3", 4, "renew", "VS-ES1")]
    order = cast.issue(order_lines(cast, current(site, "VAI"), lines=lines))
    assert rows(page(log_in(cast.viewer), path(order))) == [
        "Renew VS-ES3 4 × of VS-ES1 4 through Nov 23, 2027 through Nov 23, 2030 "
        "Nov 23, 2030 from Nov 24, 2027",
    ]


def test_a_late_renewal_tells_the_gap(cast: Cast, log_in: LogIn) -> None:
    site = site_since(cast, years_ago(1, -9), VS_ES1=6)
    lines = [line("VS-ES1", 6, "renew", "VS-ES1")]
    order = cast.issue(order_lines(cast, current(site, "VAI"), lines=lines))
    assert rows(page(log_in(cast.viewer), path(order))) == [
        "Renew VS-ES1 6 × of VS-ES1 6 through Nov 14, 2026 through Nov 23, 2027 "
        "Nov 23, 2027 from Nov 24, 2026",
    ]


def test_licenses_without_an_end_are_upgraded_too(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=6)
    lines = [line("ISS-RTP", 1), line("ISS-ExpertPlus", 6, "upgrade", "ISS-Expert")]
    order = cast.issue(order_lines(cast, current(site, "ISS"), lines=lines))
    assert rows(page(log_in(cast.viewer), path(order))) == [
        "Add ISS-RTP 1 0 1 No end",
        "Upgrade ISS-ExpertPlus 6 × from ISS-Expert 6 0 6 No end",
        "Upgraded ISS-Expert −6 6 0 No end",
    ]


def test_units_from_several_lots_are_one_row(cast: Cast, log_in: LogIn) -> None:
    """Lots of the same part with the same end are interchangeable."""
    site = cast.site(ISS_Expert=2)
    cast.issue(cast.order_existing(current(site, "ISS"), ISS_Expert=3))
    lines = [line("ISS-ExpertPlus", 4, "upgrade", "ISS-Expert")]
    order = cast.issue(order_lines(cast, current(site, "ISS"), lines=lines))
    assert rows(page(log_in(cast.viewer), path(order)))[1] == "Upgraded ISS-Expert −4 5 1 No end"


def test_before_it_is_issued_a_line_says_what_is_asked(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=6)
    end = site.lots.get().last_day
    lines = [
        line("VS-ADV1", 2, "upgrade", "VS-ES1", lot_end=end),
        line("VS-ES5", 1, starts_on=dt.date(2027, 1, 1)),
    ]
    order = order_lines(cast, current(site, "VAI"), lines=lines)
    assert rows(page(log_in(cast.viewer), path(order))) == [
        "Upgrade VS-ADV1 2 × from VS-ES1 valid through Nov 23, 2027 2",
        "Add VS-ES5 to start on Jan 1, 2027 1",
    ]


# What was quoted and what was found ------------------------------------------------------


def quoted(content: str) -> str:
    return panel(content, "Serials you quoted")


def test_a_superseded_serial_names_the_order_that_replaced_it(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=2)
    old = current(site, "VAI")
    by = cast.issue(cast.order_existing(old, VS_ES1=1), at=LATER)
    now = current(site, "VAI")
    order = cast.order_existing(old, VS_ES1=1, at=LATER + dt.timedelta(days=1))
    client = log_in(cast.viewer)
    content = page(client, path(order))
    copy = "Copy VAI serial"
    says = f"VAI Old: {old} Replaced by {now} {copy} on Nov 26, 2026 By order {by}."
    assert quoted(content).endswith(says)
    assert path(by) in links(section(content, "Serials you quoted"))
    cast.issue(order, at=LATER + dt.timedelta(days=2))
    newest = current(site, "VAI")
    assert newest != now
    says = (
        f"VAI Old: {old} Replaced by {now} on Nov 26, 2026; the current one is {newest} {copy} "
        f"By order {by}. When this order was issued, the current one was Old: {now}"
    )
    assert quoted(page(client, path(order))).endswith(says)


def test_a_serial_that_was_current_when_it_was_quoted_was_replaced_by_no_earlier_order(
    cast: Cast, log_in: LogIn
) -> None:
    site = cast.site(VS_ES1=2)
    order = cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    other = cast.order_existing(current(site, "VAI"), VS_ES1=2)
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=3, at=LATER), at=LATER)
    for each in (order, other):  # the second was current when it was quoted
        assert "By order" not in quoted(page(log_in(cast.viewer), path(each)))


def test_it_counts_when_it_was_quoted_not_when_the_order_was_placed(
    cast: Cast, log_in: LogIn
) -> None:
    site, order = cast.site(VS_ES1=2), order_held(cast)
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, VS_ES1=1, at=LATER), at=LATER)
    quotes, later = [Quote("VAI", old)], LATER + dt.timedelta(days=1)
    actions.supply_serial(order, quotes=quotes, by=cast.buyer, at=later)
    assert "on Nov 26, 2026 By order" in quoted(page(log_in(cast.viewer), path(order)))


def test_the_order_of_another_company_is_not_named(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=2)
    site.end_customer = cast.summit
    site.save()
    old = current(site, "VAI")
    by = cast.issue(cast.order_existing(old, VS_ES1=1), at=LATER)
    order = cast.order_existing(
        old, VS_ES1=1, company=cast.summit, by=cast.outsider, at=LATER + dt.timedelta(days=1)
    )
    content = page(log_in(cast.outsider), path(order))
    assert f"Old: {old} Replaced by {current(site, 'VAI')}" in quoted(content)
    assert "By order" not in quoted(content)
    assert str(by) not in content


def test_what_was_typed_stands_beside_what_was_found(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    right = current(site, "ISS")
    typed = right.lower().replace("-", " ")
    order = order_lines(cast, right, lines=[line("ISS-RTP", 1)])
    exact = quoted(page(log_in(cast.viewer), path(order)))
    assert (exact.count(right), "Found:" in exact) == (1, False)
    order = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", typed)],
        po_number="4990",
        lines=cast.lines(ISS_IDLA=1),
        by=cast.buyer,
        at=NOW,
    )
    assert f"{typed} Found: {right}" in quoted(page(log_in(cast.viewer), path(order)))


def test_customers_are_not_told_whose_an_unknown_serial_is(cast: Cast, log_in: LogIn) -> None:
    foreign = cast.issue(cast.order_new("Secret Base", by=cast.outsider, company=cast.summit))
    assert foreign.installation
    client = log_in(cast.buyer)
    texts = []
    for text in (current(foreign.installation, "ISS"), "ISS-0000-0000-0000-0000"):
        order = order_held(cast, text)
        content = page(client, path(order))
        assert "Secret Base" not in content
        assert cast.summit.name not in content
        assert f"{text} Not found" in quoted(content)
        texts.append(quoted(content).replace(text, "x"))
    assert texts[0] == texts[1]


# Notes, recipients, printing -------------------------------------------------------------


def test_what_was_confirmed_is_told_with_its_link(cast: Cast, log_in: LogIn) -> None:
    first = cast.order_new("Pier 9")
    order = cast.order_new("Pier 9")
    content = page(log_in(cast.viewer), path(order))
    notes = panel(content, "Notes")
    assert "There is a site “Pier 9” already. Is this an existing installation?" in notes
    assert "Confirmed: It is another site" in notes
    assert path(first) in links(section(content, "Notes"))


def test_what_sales_looks_at_is_told_and_not_called_confirmed(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    order = cast.order_existing(current(site, "ISS"), VS_ES1=1)
    notes = panel(page(log_in(cast.viewer), path(order)), "Notes")
    assert "The installation has its own VAI serial number, and it was not quoted." in notes
    assert "Confirmed" not in notes


def test_what_sales_overruled_stands_on_the_order_with_its_reason(
    cast: Cast, log_in: LogIn
) -> None:
    site = cast.site(ISS_Federation=1)
    enter = Permission.objects.get(codename="enter_order")
    cast.sales.user_permissions.add(enter)
    order = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", current(site, "ISS"))],
        po_number="4991",
        lines=cast.lines(ISS_Backup=1),
        by=cast.sales,
        ordered_for=cast.buyer,
        consent=Consent(overrule="It is at their other site."),
    )
    cast.issue(order)
    notes = panel(page(log_in(cast.viewer), path(order)), "Notes")
    assert "ISS-Backup needs ISS-Expert, and there was none." in notes
    assert "without the licenses that its products require: It is at their other site." in notes


def test_a_plain_order_has_no_notes(cast: Cast, log_in: LogIn) -> None:
    assert "Notes" not in words_of(page(log_in(cast.viewer), path(cast.order_new())), "h2")


def test_more_recipients_are_listed(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    lines = [line("ISS-RTP", 1)]
    notify = ["warehouse@dealer.example", "it@bayview.example"]
    order = order_lines(cast, current(site, "ISS"), lines=lines, notify=notify)
    details = panel(page(log_in(cast.viewer), path(order)), "Details")
    assert "More recipients of the confirmation warehouse@dealer.example it@bayview" in details


def test_it_can_be_printed_by_our_own_script(cast: Cast, log_in: LogIn) -> None:
    content = page(log_in(cast.viewer), path(cast.order_new()))
    assert words_of(content, "button[data-print]") == ["Print order"]
    assert "onclick" not in content


@pytest.mark.parametrize("auto_issue", [True, False])
def test_all_of_it_stays_within_its_budget(cast: Cast, log_in: LogIn, auto_issue: bool) -> None:
    Company.objects.update(auto_issue=auto_issue)
    cast.harbor.refresh_from_db()
    first = cast.order_new(VS_ES1=200, ISS_Expert=20)
    site = (first if auto_issue else cast.issue(first)).installation
    assert site
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, current(site, "ISS"), VS_ES3=1))
    lines = [line("VS-ADV1", 1, "upgrade", "VS-ES1") for _ in range(60)]
    lines += [line("VS-ES1", 1, "renew", "VS-ES1") for _ in range(60)]
    order = order_lines(cast, old, current(site, "ISS"), lines=lines, at=LATER)
    assert order.state == ("issued" if auto_issue else "in_review")
    of_old_serials = 1 if auto_issue else 0  # two came after the quoted one
    assert statements(log_in(cast.buyer), path(order)) <= DETAIL_BUDGET + of_old_serials
    held = order_held(cast, "ISS-0000-0000-0000-0000")
    assert statements(log_in(cast.buyer), path(held)) <= DETAIL_BUDGET


def test_an_order_is_canceled_while_it_can_be(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.buyer)
    order = order_held(cast)
    assert f"{path(order)}cancel/" in page(client, path(order))
    client.post(f"{path(order)}cancel/", {"reason": ""})
    assert f"{path(order)}cancel/" not in page(client, path(order))
