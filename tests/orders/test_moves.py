"""Orders are held, taken back, canceled, and given their serial: who may, and what is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from companies.models import User
from orders import actions
from orders.models import Order
from orders.placement import Consent, Quote
from orders.rules.problems import (
    MoveNotPossible,
    OrderRefused,
    Problem,
    ReasonMissing,
    SerialMissing,
    SerialNotFound,
    SerialNotNeeded,
    SerialsOfTwoSites,
)
from tests.cast import NOW, Cast, current
from tests.licensing.invariants import violations

LATER = NOW + dt.timedelta(hours=2)
both_kinds = pytest.mark.parametrize("kind", ["new", "existing"])


def order_of_kind(cast: Cast, kind: str) -> Order:
    if kind == "new":
        return cast.order_new()
    return cast.order_existing(current(cast.site(ISS_Expert=1), "ISS"))


def held(cast: Cast, kind: str) -> Order:
    order = order_of_kind(cast, kind)
    return actions.hold(order, by=cast.sales, reason="Which site is it?", at=NOW)


def last_event(order: Order) -> tuple[object, ...]:
    event = order.events.last()
    assert event is not None
    return event.move, event.from_state, event.to_state, event.by, event.at, event.reason


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def problems(refusal: pytest.ExceptionInfo[OrderRefused]) -> tuple[Problem, ...]:
    return refusal.value.problems


# Place -----------------------------------------------------------------------------------

PLACED = {
    # the company issues without review, what it orders → where the order goes
    "serial-missing": (True, "nothing quoted", "held"),
    "serial-missing-with-review": (False, "nothing quoted", "held"),
    "serial-not-found": (True, "unknown", "held"),
    "nothing-is-warned": (True, "new site", "issued"),
    "nothing-is-warned-but-it-is-reviewed": (False, "new site", "in_review"),
    "too-few-base-licenses": (True, "short", "in_review"),
    "the-other-family-was-quoted": (True, "other family", "in_review"),
    "a-start-was-asked-for": (True, "start", "in_review"),
    "sales-overrules-what-is-missing": (True, "overruled", "issued"),
}


@pytest.mark.parametrize(("at_once", "what", "goes"), PLACED.values(), ids=PLACED.keys())
def test_where_a_placed_order_goes(cast: Cast, at_once: bool, what: str, goes: str) -> None:
    serial = current(cast.site(ISS_Expert=1, VS_ES1=1), "ISS")
    cast.harbor.auto_issue = at_once
    cast.harbor.save()
    lines, short = cast.lines(ISS_Expert=2), cast.lines(ISS_Expert=1, ISS_Backup=2)
    start = [replace(cast.lines(VS_ES1=1)[0], starts_on=LATER.date())]
    unsure, sure = Consent(without_serial=True), Consent(accepts_warnings=True)
    how: dict[str, dict[str, Any]] = {
        "nothing quoted": {"quotes": [], "lines": lines, "consent": unsure},
        "unknown": {"quotes": [Quote("ISS", "ISS-0000")], "lines": lines, "consent": unsure},
        "new site": {"site_name": "Pier 9", "lines": lines},
        "short": {"site_name": "Pier 9", "lines": short, "consent": sure},
        "other family": {"quotes": [Quote("ISS", serial)], "lines": cast.lines(VS_ES1=2)},
        "start": {"site_name": "Pier 9", "lines": start},
        "overruled": {
            "site_name": "Pier 9",
            "lines": cast.lines(ISS_Backup=1),
            "consent": Consent(overrule="They have an older base."),
            "by": desk(cast),
            "ordered_for": cast.buyer,
        },
    }
    place = actions.place_existing if "quotes" in how[what] else actions.place_new
    order = place(**{"company": cast.harbor, "po_number": "1", "by": cast.buyer, **how[what]})
    assert last_event(order)[:3] == ("place", "draft", goes)
    assert state(order) == goes
    assert violations() == []


def desk(cast: Cast) -> User:
    """Sales, who may enter orders."""
    cast.sales.user_permissions.add(Permission.objects.get(codename="enter_order"))
    return cast.sales


def test_customers_do_not_overrule_what_is_missing(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        actions.place_new(
            company=cast.harbor,
            site_name="Pier 9",
            po_number="1",
            lines=cast.lines(ISS_Backup=1),
            by=cast.buyer,
            consent=Consent(overrule="I may."),
        )
    assert not Order.objects.exists()


# Hold and release ------------------------------------------------------------------------


@both_kinds
def test_sales_holds_an_order_and_says_why(cast: Cast, kind: str) -> None:
    order = order_of_kind(cast, kind)
    actions.hold(order, by=cast.sales, reason=" Which site is it? ", at=LATER)
    assert state(order) == "held"
    assert last_event(order) == (
        "hold",
        "in_review",
        "held",
        cast.sales,
        LATER,
        "Which site is it?",
    )


@both_kinds
def test_a_held_order_is_not_issued(cast: Cast, kind: str) -> None:
    order = held(cast, kind)
    with pytest.raises(OrderRefused) as refusal:
        cast.issue(order)
    assert [type(problem) for problem in problems(refusal)] == [MoveNotPossible]
    assert state(order) == "held"


@both_kinds
def test_sales_takes_it_back_and_issues_it(cast: Cast, kind: str) -> None:
    order = held(cast, kind)
    actions.release(order, by=cast.sales, at=LATER)
    assert last_event(order) == ("release", "held", "in_review", cast.sales, LATER, "")
    cast.issue(order)
    assert state(order) == "issued"
    assert violations() == []


def test_holding_needs_a_reason(cast: Cast) -> None:
    order = cast.order_new()
    with pytest.raises(OrderRefused) as refusal:
        actions.hold(order, by=cast.sales, reason="  ")
    assert isinstance(problems(refusal)[0], ReasonMissing)
    assert state(order) == "in_review"


def test_an_order_that_waits_for_its_serial_is_not_released(cast: Cast) -> None:
    order = held(cast, "existing")
    Order.objects.filter(pk=order.pk).update(installation=None)
    with pytest.raises(OrderRefused) as refusal:
        actions.release(order, by=cast.sales)
    assert problems(refusal) == (SerialMissing(),)
    with pytest.raises(IntegrityError), transaction.atomic():  # as the database would say
        Order.objects.filter(pk=order.pk).update(state="in_review")


@pytest.mark.parametrize("verb", [actions.hold, actions.release, actions.reject])
@pytest.mark.parametrize("who", ["buyer", "owner", "viewer", "outsider"])
def test_only_sales_reviews(cast: Cast, verb: object, who: str) -> None:
    order = cast.order_new()
    with pytest.raises(PermissionDenied):
        verb(order, by=getattr(cast, who), reason="Because.")  # type: ignore[operator]
    assert state(order) == "in_review"


# Cancel ----------------------------------------------------------------------------------


@both_kinds
@pytest.mark.parametrize("first", ["in_review", "held"])
@pytest.mark.parametrize("who", ["buyer", "owner"])
def test_its_company_cancels_an_open_order(cast: Cast, kind: str, first: str, who: str) -> None:
    order = order_of_kind(cast, kind) if first == "in_review" else held(cast, kind)
    by = getattr(cast, who)
    actions.cancel(order, by=by, at=LATER)
    assert last_event(order) == ("cancel", first, "canceled", by, LATER, "")


def test_sales_cancels_and_says_why(cast: Cast) -> None:
    order = cast.order_new()
    with pytest.raises(OrderRefused) as refusal:
        actions.cancel(order, by=cast.sales, reason=" ")
    assert isinstance(problems(refusal)[0], ReasonMissing)
    actions.cancel(order, by=cast.sales, reason="They called.", at=LATER)
    assert last_event(order) == (
        "cancel",
        "in_review",
        "canceled",
        cast.sales,
        LATER,
        "They called.",
    )


@pytest.mark.parametrize("who", ["viewer", "outsider", "end_customer"])
def test_nobody_else_cancels(cast: Cast, who: str) -> None:
    order = cast.order_new()
    with pytest.raises(PermissionDenied):
        actions.cancel(order, by=getattr(cast, who), reason="Because.")
    assert state(order) == "in_review"


@pytest.mark.parametrize("final", ["issued", "rejected", "canceled"])
def test_what_is_final_stays(cast: Cast, final: str) -> None:
    order = cast.order_new()
    if final == "issued":
        cast.issue(order)
    elif final == "rejected":
        actions.reject(order, by=cast.sales, reason="Ordered twice.")
    else:
        actions.cancel(order, by=cast.buyer)
    for verb in (actions.cancel, actions.hold, actions.release, actions.reject):
        with pytest.raises(OrderRefused) as refusal:
            verb(order, by=cast.sales, reason="Changed my mind.")
        assert [type(problem) for problem in problems(refusal)] == [MoveNotPossible]
    assert state(order) == final


# Supply serial ---------------------------------------------------------------------------


def supply(cast: Cast, order: Order, serial: str, who: str = "buyer") -> Order:
    quotes = [Quote("ISS", serial)] if serial else []
    return actions.supply_serial(order, quotes=quotes, by=getattr(cast, who), at=LATER)


@pytest.mark.parametrize("who", ["buyer", "sales"])
def test_the_same_serial_confirms_it(cast: Cast, who: str) -> None:
    order = held(cast, "existing")
    serial = order.serials.get().quoted
    supply(cast, order, serial.lower(), who)
    by = getattr(cast, who)
    assert last_event(order) == (
        "supply_serial",
        "held",
        "in_review",
        by,
        LATER,
        f"{serial.lower()}, instead of {serial}",
    )
    cast.issue(order)
    assert violations() == []


def test_another_sites_serial_makes_it_an_order_for_that_site(cast: Cast) -> None:
    order, other = held(cast, "existing"), cast.site(ISS_Expert=1, VS_ES1=1)
    supply(cast, order, current(other, "VAI"))
    order = cast.issue(Order.objects.get(pk=order.pk))
    assert order.installation == other
    quoted = {row.family_id: row.quoted for row in order.serials.all()}
    assert quoted == {"ISS": "", "VAI": current(other, "VAI")}
    assert violations() == []


def test_an_order_without_an_installation_gets_it(cast: Cast) -> None:
    order, site = held(cast, "existing"), cast.site(ISS_Expert=1)
    Order.objects.filter(pk=order.pk).update(installation=None)
    supply(cast, order, current(site, "ISS"))
    assert Order.objects.get(pk=order.pk).installation == site


@pytest.mark.parametrize("case", ["nothing", "unknown", "another company's", "two sites"])
def test_a_serial_that_says_nothing_leaves_it_held(cast: Cast, case: str) -> None:
    order = held(cast, "existing")
    quoted = list(order.serials.values("family", "quoted", "resolved"))
    theirs = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert theirs
    one, two = cast.site(ISS_Expert=1), cast.site(VS_ES1=1)
    quotes = {
        "nothing": [],
        "unknown": [Quote("ISS", "ISS-0000")],
        "another company's": [Quote("ISS", current(theirs, "ISS"))],
        "two sites": [Quote("ISS", current(one, "ISS")), Quote("VAI", current(two, "VAI"))],
    }
    with pytest.raises(OrderRefused) as refusal:
        actions.supply_serial(order, quotes=quotes[case], by=cast.buyer)
    expected = {"nothing": SerialMissing(), "two sites": SerialsOfTwoSites()}
    assert problems(refusal) == (expected.get(case, SerialNotFound("ISS")),)
    assert state(order) == "held"
    assert list(order.serials.values("family", "quoted", "resolved")) == quoted


def test_a_site_that_cannot_take_the_lines_leaves_it_held(cast: Cast) -> None:
    with_base, without = cast.site(ISS_Expert=1), cast.site(VS_ES1=1)
    order = cast.order_existing(current(with_base, "ISS"), ISS_Backup=1)
    actions.hold(order, by=cast.sales, reason="Which site is it?")
    with pytest.raises(OrderRefused):
        supply(cast, order, current(without, "VAI"))
    order.refresh_from_db()
    assert (order.state, order.installation) == ("held", with_base)


def test_a_new_installation_has_no_serial_to_give(cast: Cast) -> None:
    order = held(cast, "new")
    with pytest.raises(OrderRefused) as refusal:
        supply(cast, order, current(cast.site(ISS_Expert=1), "ISS"))
    assert problems(refusal) == (SerialNotNeeded(),)


def test_only_a_held_order_waits_for_a_serial(cast: Cast) -> None:
    order = order_of_kind(cast, "existing")
    with pytest.raises(OrderRefused):
        supply(cast, order, order.serials.get().quoted)
    assert state(order) == "in_review"


def test_a_company_without_review_does_not_get_around_it(cast: Cast) -> None:
    """Sales held the order, so sales sees it again."""
    order = held(cast, "existing")
    cast.harbor.auto_issue = True
    cast.harbor.save()
    supply(cast, order, order.serials.get().quoted)
    assert state(order) == "in_review"


@pytest.mark.parametrize("who", ["viewer", "outsider", "end_customer"])
def test_nobody_else_gives_a_serial(cast: Cast, who: str) -> None:
    order = held(cast, "existing")
    with pytest.raises(PermissionDenied):
        supply(cast, order, order.serials.get().quoted, who)
    assert state(order) == "held"
