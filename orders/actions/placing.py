"""Takes a new order: decides, writes, then issues it, sends it to review, or holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from companies.models import Company
from licensing.actions import Holdings
from licensing.coverage import NotCovered
from licensing.models import Serial
from orders.actions.deciding import (
    Prepared,
    check_can_be_issued,
    forecast_of,
    lines_to_decide,
    paths_of,
    warnings,
)
from orders.actions.duplicates import check_guards
from orders.actions.issuing import issue_prepared
from orders.actions.notifying import tell_held, tell_held_of_file
from orders.actions.transitions import lock_site
from orders.actions.transitions import move as move_order
from orders.models import MAX_LINES, MAX_NOTIFIED, Order, OrderLine, OrderSerial
from orders.placement import Consent, NewLine, Quote
from orders.quoting.identify import Identified, Known, Resolved, identify, resolve
from orders.rules.allocation import check_products
from orders.rules.holding import HeldFor, reason_to_hold
from orders.rules.moves import Move, State
from orders.rules.problems import (
    Found,
    Guard,
    OrderRefused,
    Remark,
    ToAcknowledge,
    Warned,
    check_company,
)
from orders.rules.remarks import to_json


@dataclass(frozen=True, slots=True)
class Course:
    """The decision about an order that is placed."""

    state: State
    remarks: tuple[Remark, ...]
    held_for: HeldFor | None = None
    prepared: Prepared | None = None  # None while the installation is unknown


# Deciding: for the verb and for the preview of a file. It writes nothing --------------------


def find_site(
    order: Order, quotes: Sequence[Quote], consent: Consent, known: Known | None = None
) -> Resolved | HeldFor | None:
    """The installation that the quotes identify, or why the order is held; None for a new site.

    Raises OrderRefused when sales can't be left to find it.
    """
    if order.is_new:
        return None
    try:
        return resolve(quotes, company=order.company, known=known, may_wait=consent.without_serial)
    except OrderRefused as refusal:
        held_for = reason_to_hold(refusal.problems) if consent.without_serial else None
        if held_for is None:
            raise
        return held_for


def decide(
    order: Order,
    rows: Sequence[OrderLine],
    found: Resolved | HeldFor | None,
    consent: Consent,
    *,
    guards: Callable[[], tuple[Found, ...]],
    guards_later: bool = False,
    holdings: Holdings | None = None,
) -> Course:
    """Decides by these `holdings`, or by those that it reads.

    `guards` may come later, but not where something else is asked. Raises OrderRefused.
    """
    if isinstance(found, HeldFor):
        _check_products(rows)
        return Course(State.HELD, () if guards_later else guards(), found)
    prepared = forecast_of(order, rows, at=order.placed_at, holdings=holdings)
    check_can_be_issued(prepared)
    warned = warnings(prepared, found)
    asked = _to_acknowledge(warned, consent)
    confirmed = () if guards_later and not asked else guards()
    if asked:
        raise OrderRefused(asked)
    at_once = order.company.auto_issue and not warned
    state = State.ISSUED if at_once else State.IN_REVIEW
    return Course(state, (*confirmed, *warned), prepared=prepared)


def _check_products(rows: Sequence[OrderLine]) -> None:
    """The only check of the lines while the installation is unknown."""
    flaws = [flaw for row in rows if (flaw := check_products(row.as_ordered()))]
    if flaws:
        raise OrderRefused(flaws)


def _to_acknowledge(warned: Sequence[Warned], consent: Consent) -> list[Guard]:
    if consent.accepts_warnings or consent.overrule:
        return []
    asked: list[Guard] = [ToAcknowledge(each) for each in warned if isinstance(each, NotCovered)]
    return [guard for guard in asked if guard.token not in consent.confirmed]


def check_bounds(order: Order, rows: Sequence[OrderLine]) -> None:
    """Raises ValidationError when a value is out of bounds."""
    if not 1 <= len(rows) <= MAX_LINES:
        raise ValueError(f"An order has 1 to {MAX_LINES} lines, this one has {len(rows)}.")
    if len(order.notify) > MAX_NOTIFIED:
        raise ValueError(f"An order notifies at most {MAX_NOTIFIED} more addresses.")
    order.clean_fields(exclude=["company", "installation", "placed_by", "ordered_for"])
    for row in rows:
        row.clean_fields(exclude=["order", "product", "source"])


# Writing ------------------------------------------------------------------------------------


def place_inside(
    order: Order,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    consent: Consent,
    known: Known | None = None,
) -> Order:
    """Decides about the order, then writes it in the state that it goes to, each row once.

    An order for a known installation is decided under the lock of that installation: its PO number
    and lines are compared with orders for the same site. All others are compared by their names
    and PO numbers under the lock of the company. It is taken last, unless the orderer has confirmed
    something: what is found is refused then, and takes the order back.
    """
    order.state, order.changed_at = State.DRAFT, order.placed_at
    found = find_site(order, quotes, consent, known)
    if isinstance(found, Resolved):
        lock_site(order, found.installation)
    rows = lines_to_decide(order, lines, paths_of(lines))
    check_bounds(order, rows)
    guards = partial(_guards, order, rows, consent)
    later = order.installation is None and not consent.confirmed
    course = decide(order, rows, found, consent, guards=guards, guards_later=later)
    order.remarks = [to_json(remark) for remark in course.remarks]
    identified = None if order.is_new else _identified(found, quotes, order.company, known)
    _take(order, course, rows, quote_rows(order, identified) if identified else [])
    if later:
        guards()
    return order


def _guards(order: Order, rows: Sequence[OrderLine], consent: Consent) -> tuple[Found, ...]:
    """Under the lock of the company, unless the site was known and is locked."""
    if order.is_new or order.installation is None:
        one_at_a_time(order.company, Move.PLACE)
    return check_guards(order, rows, consent)


def one_at_a_time(company: Company, move: Move) -> None:
    """Serializes a company's orders: of two with one PO number, the second must find the first.

    Raises OrderRefused if the company was deactivated.
    """
    locked = Company.objects.select_for_update(no_key=True).only("name", "active")
    company = locked.get(pk=company.pk)
    check_company(company.name, move, active=company.active)


def _identified(
    found: Resolved | HeldFor | None,
    quotes: Sequence[Quote],
    company: Company,
    known: Known | None,
) -> Identified:
    if isinstance(found, Resolved):
        return Identified(found.serials, ())
    return identify(quotes, company=company, known=known)


def _take(
    order: Order, course: Course, rows: Sequence[OrderLine], quoted: Sequence[OrderSerial]
) -> None:
    """Issues the order, sends it to review, or holds it and tells so."""
    by, at = order.placed_by, order.placed_at
    if course.state is State.ISSUED and course.prepared:
        issue_prepared(course.prepared, Move.PLACE, by=by, at=at, quoted=quoted)
        OrderLine.objects.bulk_create(rows)
        return
    event = move_order(order, Move.PLACE, course.state, by=by, at=at, held_for=course.held_for)
    OrderLine.objects.bulk_create(rows)
    OrderSerial.objects.bulk_create(quoted)
    if course.state is State.HELD and order.in_file is None:
        tell_held(order, event)
    elif course.state is State.HELD and order.in_file:
        tell_held_of_file(order.in_file, order, event)


def quote_rows(order: Order, identified: Identified) -> list[OrderSerial]:
    """One row for each quote, and none is lost; each family has one row.

    A known serial goes to the row of its own family, whichever field had it, unless another quote
    has that row: an unknown serial, or a serial typed into its own family's field.
    """
    known = sorted(identified.found.items(), key=_is_in_another_field)
    rows = {quote.family: _quote_row(order, quote.family, quote) for quote in identified.unknown}
    for quote, serial in known:
        family = quote.family if serial.family_id in rows else serial.family_id
        rows[family] = _quote_row(order, family, quote, serial)
    return list(rows.values())


def _is_in_another_field(known: tuple[Quote, Serial]) -> bool:
    quote, serial = known
    return quote.family != serial.family_id


def _quote_row(
    order: Order, family: str, quote: Quote, serial: Serial | None = None
) -> OrderSerial:
    return OrderSerial(order=order, family_id=family, quoted=quote.text, resolved=serial)
