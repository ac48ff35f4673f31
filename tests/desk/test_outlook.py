"""The page before an issue tells its effects; sales overrules a requirement with a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from licensing.models import Installation, Product
from orders.models import Order
from orders.rules.remarks import from_json
from orders.wording import kept_sentence
from tests.cast import NOW, Cast, current
from tests.customers.reading import page
from tests.desk.order_pages import change_page, table
from tests.desk.staffed import At
from tests.kept_rows import kept
from tests.licensing.invariants import violations
from tests.ordering import line, order_lines
from tests.pages import attributes, has, links, words

LIST = "/admin/orders/order/"
WHY = "The base licenses come with the next PO."


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(at_desk: At) -> Client:
    """As a sales manager has it, who overrules."""
    verbs = (f"orders.{verb}_order" for verb in ("view", "issue", "hold"))
    return at_desk(*verbs, "orders.overrule_requirements", "licensing.view_installation")


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=4, VS_ES1=6)


def issue_page(order: Order) -> str:
    return f"{LIST}{order.pk}/issue/"


def short_of_base(cast: Cast, site: Installation) -> Order:
    """In review; then the catalog became strict about what it orders."""
    order = cast.order_existing(current(site, "ISS"), ISS_Failover=6)
    Product.objects.filter(pk="ISS-Failover").update(requires_one_each=True)
    return order


# What it would do ------------------------------------------------------------------------


def test_it_tells_each_family_and_the_holdings_before_and_after(
    desk: Client, cast: Cast, site: Installation
) -> None:
    iss, vai = current(site, "ISS"), current(site, "VAI")
    lines = [
        line("ISS-Expert", 2),
        line("VS-ADV1", 2, "upgrade", "VS-ES1"),
        line("VS-ES3", 3, "renew", "VS-ES1"),
    ]
    order = order_lines(cast, iss, vai, lines=lines)
    for path in (issue_page(order), change_page(order)):
        content = page(desk, path)
        assert table(content, "What issuing would do now") == [
            f"ISS Stays the same {iss}",
            f"VAI Will be replaced {vai}",
        ]
        assert table(content, "Holdings before and after") == [
            "ISS-Expert 4 6 2 × no end",
            "VS-ES1 6 4",
            "VS-ADV1 0 2 2 × Nov 24, 2026 to Nov 23, 2027",
            "VS-ES3 None today 3 × Nov 24, 2027 to Nov 23, 2030",
        ]


def test_what_it_told_is_what_is_done(desk: Client, cast: Cast, site: Installation) -> None:
    lines = [line("VS-ADV1", 2, "upgrade", "VS-ES1"), line("VS-ES3", 3, "renew", "VS-ES1")]
    order = order_lines(cast, current(site, "VAI"), lines=lines)
    told = desk.get(issue_page(order)).context["outlook"]
    desk.post(issue_page(order))
    order.refresh_from_db()
    assert order.revision
    moved = order.revision.movements.select_related("lot")
    done = {move.lot.product_id: move.held_after for move in moved}
    assert done == {row.part_number: row.after for row in told.holdings if row.is_changed}
    ends = [(lot.quantity, lot.last_day) for row in told.holdings for lot in row.lots]
    assert ends == [(m.quantity, m.lot.last_day) for m in moved if m.lot.revision == order.revision]


def test_a_new_site_gets_its_first_serials(desk: Client, cast: Cast) -> None:
    content = page(desk, issue_page(cast.order_new(ISS_Expert=1, VS_ES1=1)))
    assert table(content, "What issuing would do now") == [
        "ISS First serial will be issued None yet",
        "VAI First serial will be issued None yet",
    ]


def test_it_tells_what_is_true_now(desk: Client, cast: Cast, site: Installation) -> None:
    """Another order came between: the licenses to be upgraded are gone."""
    lines = [line("VS-ADV1", 6, "upgrade", "VS-ES1")]
    order = order_lines(cast, current(site, "VAI"), lines=lines)
    cast.issue(order_lines(cast, current(site, "VAI"), lines=lines))
    for path in (issue_page(order), change_page(order)):
        shown = words(page(desk, path))
        assert "This order can’t be issued as it is." in shown
        assert "This installation holds no VS-ES1 that could be changed." in shown
    assert "Issue order" not in page(desk, issue_page(order))
    desk.post(issue_page(order))
    order.refresh_from_db()
    assert order.state == "in_review"


def test_an_installation_that_went_to_another_dealer_is_told(
    desk: Client, cast: Cast, site: Installation
) -> None:
    order = cast.order_existing(current(site, "ISS"))
    site.company = cast.summit
    site.save()
    shown = words(page(desk, issue_page(order)))
    assert "The installation belongs to another company by now." in shown


@pytest.mark.parametrize("state", ["issued", "held"])
def test_only_what_is_in_review_has_an_outlook(desk: Client, cast: Cast, state: str) -> None:
    order = cast.order_new()
    if state == "issued":
        cast.issue(order)
    else:
        desk.post(f"{LIST}{order.pk}/hold/", {"reason": "?"})
    for path in (issue_page(order), change_page(order)):
        assert "What issuing would do now" not in page(desk, path)


def test_a_plain_order_is_issued_by_one_click(desk: Client, cast: Cast, site: Installation) -> None:
    plain = cast.order_existing(current(site, "ISS"))
    assert issue_page(plain) in attributes(page(desk, change_page(plain)), "button", "formaction")
    warned = cast.order_existing(current(site, "ISS"), ISS_Failover=6)
    content = page(desk, change_page(warned))
    assert issue_page(warned) in links(content)
    assert issue_page(warned) not in attributes(content, "button", "formaction")


# Without what is required ----------------------------------------------------------------


def test_what_is_missing_is_told_and_a_reason_asked_for(
    desk: Client, cast: Cast, site: Installation
) -> None:
    order = short_of_base(cast, site)
    missing = "6 × ISS-Failover, and 4 × the license that they need (ISS-Expert)"
    for path in (issue_page(order), change_page(order)):
        assert missing in words(page(desk, path))
    assert "Reason to issue without them" in page(desk, issue_page(order))
    assert "Reason to issue without them" not in page(desk, issue_page(cast.order_new("Pier 9")))


def test_without_the_question_it_is_refused_and_asked(
    desk: Client, cast: Cast, site: Installation
) -> None:
    """As the button on the order's page does, where the catalog became strict just now."""
    order = short_of_base(cast, site)
    answer = desk.post(issue_page(order))
    assert answer.status_code == 200
    shown = words(answer.content.decode())
    assert shown.count("2 are not covered") == 2  # the message, and the page itself
    assert "Reason to issue without them" in shown
    order.refresh_from_db()
    assert order.state == "in_review"


@pytest.mark.parametrize("overrule", ["", " ", "x" * 501, "a\0b"])
def test_without_a_good_reason_nothing_is_issued(
    desk: Client, cast: Cast, site: Installation, overrule: str
) -> None:
    order = short_of_base(cast, site)
    answer = desk.post(issue_page(order), {"overrule": overrule, "reason": "Fine."})
    assert has(answer, '[aria-invalid="true"]')
    order.refresh_from_db()
    assert (order.state, order.overruled) == ("in_review", "")


def test_with_a_reason_it_is_issued_and_the_reason_stands_on_the_order(
    desk: Client, cast: Cast, site: Installation
) -> None:
    order = short_of_base(cast, site)
    answer = desk.post(issue_page(order), {"overrule": WHY, "reason": ""}, follow=True)
    assert f"{order} is issued." in words(answer.content.decode())
    order.refresh_from_db()
    assert (order.state, order.overruled) == ("issued", WHY)
    notes = table(page(desk, change_page(order)), "Notes")
    assert [row for row in notes if row.startswith("Prerequisites overruled")] == [
        f"Prerequisites overruled {WHY}"
    ]
    assert sum("2 are not covered" in row for row in notes) == 1
    assert not violations()


def test_what_was_overruled_is_kept_with_the_order(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_ExpertPlus=1)
    order = cast.order_existing(current(site, "ISS"), ISS_Backup=1)
    Product.objects.filter(pk="ISS-ExpertPlus").update(counts_as=None)
    desk.post(issue_page(order), {"overrule": WHY})
    order.refresh_from_db()
    assert order.state == "issued"
    kept = [kept_sentence(from_json(remark)) for remark in order.remarks]
    assert kept == ["ISS-Backup needs ISS-Expert, and there was none."]


def test_several_at_once_are_not_overruled(desk: Client, cast: Cast, site: Installation) -> None:
    order = short_of_base(cast, site)
    answer = desk.post(f"{LIST}several/issue/", {"orders": [order.reference], "overrule": WHY})
    assert "2 are not covered" in words(answer.content.decode())
    order.refresh_from_db()
    assert (order.state, order.overruled) == ("in_review", "")


def test_a_reason_that_nothing_asks_for_is_not_taken(desk: Client, cast: Cast) -> None:
    order = cast.order_new()
    desk.post(issue_page(order), {"overrule": WHY})
    order.refresh_from_db()
    assert (order.state, order.overruled) == ("issued", "")
