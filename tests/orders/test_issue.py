"""An order becomes a serial number, and a mail tells it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from companies.models import Company
from licensing.models import Movement, Serial
from notifications.models import Confirmation
from orders import actions
from orders.models import Order
from orders.placement import Quote
from orders.rules.problems import OrderRefused
from orders.wording import sentence
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.licensing.invariants import violations


def outcomes(order: Order) -> dict[str, tuple[str, str | None, str | None]]:
    return {
        row.family_id: (
            row.outcome,
            row.before.number if row.before else None,
            row.after.number if row.after else None,
        )
        for row in order.serials.select_related("before", "after")
    }


def test_the_first_order_gives_a_serial_of_each_family(cast: Cast) -> None:
    order = cast.issue(cast.order_new("Pier 9", ISS_Expert=4, VS_ES1=2))
    assert order.installation is not None
    iss, vai = current(order.installation, "ISS"), current(order.installation, "VAI")
    assert order.state == "issued"
    assert order.installation.site_name == "Pier 9"
    assert outcomes(order) == {"ISS": ("new", None, iss), "VAI": ("new", None, vai)}


def test_on_a_later_order_iss_stays_and_vai_is_replaced(cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    iss, vai = current(site, "ISS"), current(site, "VAI")
    order = cast.issue(cast.order_existing(iss, vai, ISS_Backup=1, VS_ES3=3))
    new_vai = current(site, "VAI")
    assert outcomes(order) == {"ISS": ("stays", iss, iss), "VAI": ("replaces", vai, new_vai)}
    assert new_vai != vai


def test_a_family_that_is_not_on_the_order_is_not_changed(cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    vai = current(site, "VAI")
    order = cast.issue(cast.order_existing(current(site, "ISS"), ISS_Backup=1))
    assert outcomes(order)["VAI"] == ("not_changed", vai, vai)
    assert current(site, "VAI") == vai


def test_the_first_vai_at_an_iss_site_is_new_there(cast: Cast) -> None:
    site = cast.site(ISS_Expert=4)
    order = cast.issue(cast.order_existing(current(site, "ISS"), VS_ES1=3))
    assert {family: row[0] for family, row in outcomes(order).items()} == {
        "ISS": "not_changed",
        "VAI": "new",
    }


def test_many_lines_issue_one_serial_per_family(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1, VS_ES3=1, VS_ADV5=1))
    assert Serial.objects.filter(installation=site, family="VAI").count() == 2


def test_the_starter_pack_becomes_four_experts_and_stays_a_pack_on_the_order(cast: Cast) -> None:
    order = cast.issue(cast.order_new(ISS_ExpertStarterPack=3))
    assert order.installation is not None
    held = [(lot.part.part_number, lot.quantity) for lot in order.installation.lots.held()]
    assert held == [("ISS-Expert", 12)]
    assert str(order.lines.get()) == "3 × ISS-ExpertStarterPack"


def test_a_vai_lot_starts_on_the_dealers_calendar_day(cast: Cast) -> None:
    """03:00 UTC is still the day before in Chicago."""
    early = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)
    order = cast.issue(cast.order_new(VS_ES1=1, at=early), at=early)
    movement = Movement.objects.select_related("lot").get(revision=order.revision)
    assert movement.lot.starts_on == dt.date(2026, 2, 28)
    assert movement.lot.last_day == dt.date(2027, 2, 27)


# Placing -------------------------------------------------------------------------------


def test_an_order_waits_for_review_and_issues_nothing(cast: Cast) -> None:
    order = cast.order_new(ISS_Expert=4)
    assert order.state == "in_review"
    assert not Serial.objects.exists()
    assert not Message.objects.exists()


def test_a_company_without_review_gets_its_serials_at_once(cast: Cast) -> None:
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    cast.harbor.refresh_from_db()
    order = cast.order_new(ISS_Expert=4)
    assert order.state == "issued"
    assert [(event.move, event.to_state) for event in order.events.all()] == [("place", "issued")]
    assert not violations()


def test_every_move_is_recorded_with_who_when_and_why(cast: Cast) -> None:
    order = cast.order_new()
    later = NOW + dt.timedelta(hours=2)
    actions.reject(order, by=cast.sales, reason=" Ordered twice. ", at=later)
    trail = [(e.move, e.from_state, e.to_state, e.by, e.at, e.reason) for e in order.events.all()]
    assert trail == [
        ("place", "draft", "in_review", cast.buyer, NOW, ""),
        ("reject", "in_review", "rejected", cast.sales, later, "Ordered twice."),
    ]


def test_the_same_submission_twice_is_one_order(cast: Cast) -> None:
    submission = uuid.uuid4()
    placed = [
        actions.place_new(
            company=cast.harbor,
            site_name="Pier 9",
            po_number="4711",
            lines=cast.lines(ISS_Expert=1),
            by=cast.buyer,
            submission=submission,
        )
        for _ in range(2)
    ]
    assert placed[0] == placed[1]
    assert Order.objects.count() == 1


def refused(cast: Cast, *quotes: Quote, **quantities: int) -> list[str]:
    """The sentences that the buyer is told."""
    with pytest.raises(OrderRefused) as refusal:
        actions.place_existing(
            company=cast.harbor,
            quotes=quotes,
            po_number="1",
            lines=cast.lines(**(quantities or {"ISS_Expert": 1})),
            by=cast.buyer,
            at=NOW,
        )
    assert not Order.objects.filter(po_number="1").exists()
    return [sentence(problem) for problem in refusal.value.problems]


def test_unknown_and_foreign_serials_get_the_same_answer(cast: Cast) -> None:
    foreign = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert foreign is not None
    answers = [
        refused(cast, Quote("ISS", text))
        for text in ("ISS-0000-0000-0000-0000", "?", current(foreign, "ISS"))
    ]
    assert answers[0][0].startswith("No installation of yours has this serial number.")
    assert all(answer == answers[0] for answer in answers)


def test_an_existing_installation_needs_a_serial(cast: Cast) -> None:
    assert refused(cast)[0].startswith("Enter the serial number")


def test_a_missing_prerequisite_is_refused_with_the_rule_and_the_numbers(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    assert refused(cast, Quote("VAI", current(site, "VAI")), ISS_Backup=2) == [
        "ISS-Backup needs ISS-Expert. This installation holds 0, and this order adds 0. "
        "Add a line for ISS-Expert, or remove ISS-Backup."
    ]


def test_a_company_without_review_is_refused_whole(cast: Cast) -> None:
    """Placing and issuing are one transaction: the order is not left behind either."""
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    cast.harbor.refresh_from_db()
    with pytest.raises(OrderRefused):
        cast.order_new(ISS_Backup=1)
    assert not Order.objects.exists()


@pytest.mark.parametrize("who", ["viewer", "outsider", "sales", "end_customer"])
def test_only_buyers_and_owners_of_the_company_order_for_it(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        cast.order_new(by=getattr(cast, who))
    assert not Order.objects.exists()


def test_an_end_customer_that_may_order_does_so_by_its_own_serial(cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    site.end_customer = cast.bayview
    site.save()
    cast.end_customer.memberships.update(role="buyer")
    order = cast.order_existing(
        current(site, "ISS"), company=cast.bayview, by=cast.end_customer, ISS_Expert=1
    )
    assert cast.issue(order).installation == site


@pytest.mark.parametrize(
    "values",
    [
        {"po_number": "1" * 300},
        {"po_number": "47\n11"},
        {"po_number": "47\x0011"},
        {"site_name": "x" * 121},
        {"site_name": "Pier\u202e9"},
    ],
    ids=["long-po", "newline-po", "nul-po", "long-site", "rtl-site"],
)
def test_values_out_of_bounds_are_refused(cast: Cast, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        actions.place_new(
            company=cast.harbor,
            lines=cast.lines(ISS_Expert=1),
            by=cast.buyer,
            **{"site_name": "Pier 9", "po_number": "4711", **values},
        )
    assert not Order.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
def test_quantities_out_of_bounds_are_refused(cast: Cast, quantity: int) -> None:
    with pytest.raises(ValidationError):
        cast.order_new(ISS_Expert=quantity)
    assert not Order.objects.exists()


# Reviewing -----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["buyer", "owner", "outsider"])
def test_only_staff_issue_and_reject(cast: Cast, who: str) -> None:
    order = cast.order_new()
    with pytest.raises(PermissionDenied):
        actions.issue(order, by=getattr(cast, who))
    with pytest.raises(PermissionDenied):
        actions.reject(order, by=getattr(cast, who), reason="no")
    order.refresh_from_db()
    assert order.state == "in_review"


def test_issuing_again_changes_nothing(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    order = cast.order_existing(current(site, "VAI"), VS_ES1=1)
    first, second = cast.issue(order), cast.issue(order)
    assert first.revision == second.revision
    assert Confirmation.objects.count() == 2  # of the two orders
    assert not violations()


def test_a_rejected_order_is_not_issued(cast: Cast) -> None:
    order = cast.order_new()
    actions.reject(order, by=cast.sales, reason="Ordered twice.")
    with pytest.raises(OrderRefused):
        cast.issue(order)
    assert not Serial.objects.exists()


def test_an_issued_order_is_not_rejected(cast: Cast) -> None:
    order = cast.issue(cast.order_new())
    with pytest.raises(OrderRefused):
        actions.reject(order, by=cast.sales, reason="Too late.")
    order.refresh_from_db()
    assert order.state == "issued"


def test_issuing_decides_against_what_is_current_then(cast: Cast) -> None:
    """Another order came between: its serial is the one that is replaced."""
    site = cast.site(VS_ES1=1)
    quoted = current(site, "VAI")
    first, second = (cast.order_existing(quoted, VS_ES1=1) for _ in range(2))
    cast.issue(first)
    between = current(site, "VAI")
    cast.issue(second)
    row = second.serials.get(family="VAI")
    assert row.resolved is not None
    assert row.before is not None
    assert (row.resolved.number, row.before.number) == (quoted, between)
    assert not violations()
