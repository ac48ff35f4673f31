"""Takes a new order: writes it, checks it, then issues it, sends it to review, or holds it."""

from __future__ import annotations

from collections.abc import Sequence

from companies.models import Company
from licensing.coverage import NotCovered
from licensing.models import Serial
from orders.actions.deciding import prepare, warnings
from orders.actions.duplicates import check_guards
from orders.actions.issuing import issue_prepared
from orders.actions.notifying import tell_held, tell_held_of_file
from orders.actions.transitions import lock_with_installation
from orders.actions.transitions import move as move_order
from orders.models import MAX_LINES, MAX_NOTIFIED, Order, OrderLine, OrderSerial
from orders.placement import Consent, NewLine, Quote
from orders.quoting.identify import Identified, Resolved, identify, resolve
from orders.rules.allocation import check_products
from orders.rules.holding import HeldFor, reason_to_hold
from orders.rules.moves import Move, State
from orders.rules.problems import (
    Guard,
    OrderRefused,
    ToAcknowledge,
    Warned,
    check_company,
)
from orders.rules.remarks import to_json


def place_inside(
    order: Order, lines: Sequence[NewLine], quotes: Sequence[Quote], consent: Consent
) -> Order:
    """Writes the order and takes it as far as it goes."""
    one_at_a_time(order.company, Move.PLACE)
    try:
        resolved = None if order.is_new else resolve(quotes, company=order.company)
    except OrderRefused as refusal:
        held_for = reason_to_hold(refusal.problems) if consent.without_serial else None
        if held_for is None:
            raise
        return _place_held(order, lines, quotes, consent, held_for)
    order.installation = resolved.installation if resolved else None
    _write(order, lines)
    if resolved:
        write_quotes(order, Identified(resolved.serials, ()))
    return _issue_or_review(order, resolved, consent)


def one_at_a_time(company: Company, move: Move) -> None:
    """Serializes a company's orders: of two with one PO number, the second must find the first.

    Raises OrderRefused if the company was deactivated.
    """
    locked = Company.objects.select_for_update(no_key=True).only("name", "active")
    company = locked.get(pk=company.pk)
    check_company(company.name, move, active=company.active)


def _place_held(
    order: Order,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    consent: Consent,
    held_for: HeldFor,
) -> Order:
    """Holds an order. Its installation is unknown, so the checks that need one are left out."""
    _write(order, lines)
    write_quotes(order, identify(quotes, company=order.company))
    rows = list(order.lines.ready_to_decide())
    flaws = [flaw for row in rows if (flaw := check_products(row.as_ordered()))]
    if flaws:
        raise OrderRefused(flaws)
    order.remarks = [to_json(guard) for guard in check_guards(order, rows, consent)]
    event = move_order(
        order, Move.PLACE, State.HELD, by=order.placed_by, at=order.placed_at, held_for=held_for
    )
    if order.in_file is None:
        tell_held(order, event)
    else:
        tell_held_of_file(order.in_file, order, event)
    return order


def _issue_or_review(order: Order, resolved: Resolved | None, consent: Consent) -> Order:
    """Issues the order if its company issues at once and nothing is warned; else it is reviewed."""
    if order.company.auto_issue:
        order = lock_with_installation(order)
    prepared = prepare(order, at=order.placed_at)
    guards = check_guards(order, prepared.lines, consent)
    warned = warnings(prepared, resolved)
    _check_acknowledged(warned, consent)
    order.remarks = [to_json(remark) for remark in (*guards, *warned)]
    if order.company.auto_issue and not warned:
        issue_prepared(prepared, Move.PLACE, by=order.placed_by, at=order.placed_at)
    else:
        move_order(order, Move.PLACE, State.IN_REVIEW, by=order.placed_by, at=order.placed_at)
    return order


def _check_acknowledged(warned: Sequence[Warned], consent: Consent) -> None:
    if consent.accepts_warnings or consent.overrule:
        return
    asked: list[Guard] = [ToAcknowledge(each) for each in warned if isinstance(each, NotCovered)]
    refused = [guard for guard in asked if guard.token not in consent.confirmed]
    if refused:
        raise OrderRefused(refused)


def _write(order: Order, lines: Sequence[NewLine]) -> None:
    if not 1 <= len(lines) <= MAX_LINES:
        raise ValueError(f"An order has 1 to {MAX_LINES} lines, this one has {len(lines)}.")
    if len(order.notify) > MAX_NOTIFIED:
        raise ValueError(f"An order notifies at most {MAX_NOTIFIED} more addresses.")
    order.state, order.changed_at = State.DRAFT, order.placed_at
    order.clean_fields(exclude=["company", "installation", "placed_by"])
    order.save(force_insert=True)
    rows = [line.as_row(order, position) for position, line in enumerate(lines, start=1)]
    for row in rows:
        row.clean_fields(exclude=["order", "product", "source"])
    OrderLine.objects.bulk_create(rows)


def write_quotes(order: Order, identified: Identified) -> None:
    """Writes one row for each quote and loses none; each family has one row.

    A known serial goes to the row of its own family, whichever field had it, unless another quote
    has that row: an unknown serial, or a serial typed into its own family's field.
    """
    known = sorted(identified.found.items(), key=_is_in_another_field)
    rows = {quote.family: _quote_row(order, quote.family, quote) for quote in identified.unknown}
    for quote, serial in known:
        family = quote.family if serial.family_id in rows else serial.family_id
        rows[family] = _quote_row(order, family, quote, serial)
    OrderSerial.objects.bulk_create(rows.values())


def _is_in_another_field(known: tuple[Quote, Serial]) -> bool:
    quote, serial = known
    return quote.family != serial.family_id


def _quote_row(
    order: Order, family: str, quote: Quote, serial: Serial | None = None
) -> OrderSerial:
    return OrderSerial(order=order, family_id=family, quoted=quote.text, resolved=serial)
