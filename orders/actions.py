"""Everything that happens to an order, as atomic verbs.

Each verb opens the one transaction, locks, checks, writes, and records its event there.
What runs inside is a function of its own, so that placing can issue as well.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from companies.models import Company, User
from companies.time_zones import local_date
from licensing.actions import (
    Change,
    Holdings,
    create_installation,
    read_holdings,
    record_change,
)
from licensing.models import Family, Product, Revision
from licensing.serial_policy import Action
from notifications.actions import confirm
from orders.attachments import attach
from orders.confirmation import facts_of
from orders.documents import Document
from orders.forecast import Forecast, Site, forecast
from orders.models import MAX_LINES, MAX_REASON, Order, OrderEvent, OrderLine, OrderSerial
from orders.moves import NEEDS_REASON, NEEDS_REASON_OF_SALES, Move, State, leads_to
from orders.policies import (
    InstallationOfAnotherCompany,
    OrderRefused,
    SerialMissing,
    SerialNotNeeded,
    check_move,
)
from orders.quotes import Quote, Resolved, resolve
from orders.wording import quoted_instead


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be placed."""

    product: Product
    quantity: int
    action: Action = Action.ADD


def place_new(
    *,
    company: Company,
    site_name: str,
    po_number: str,
    lines: Sequence[NewLine],
    by: User,
    ordered_for: User | None = None,
    document: Document | None = None,
    submission: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """Places an order for a new installation. See `_place` for what both kinds share."""
    order = Order(
        company=company,
        kind=Order.Kind.NEW,
        site_name=site_name,
        po_number=po_number,
        ordered_for=ordered_for,
    )
    return _place(order, lines, quotes=[], document=document, by=by, submission=submission, at=at)


def place_existing(
    *,
    company: Company,
    quotes: Sequence[Quote],
    po_number: str,
    lines: Sequence[NewLine],
    by: User,
    ordered_for: User | None = None,
    document: Document | None = None,
    submission: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """Places an order for the installation that the quoted serials identify."""
    order = Order(
        company=company, kind=Order.Kind.EXISTING, po_number=po_number, ordered_for=ordered_for
    )
    return _place(
        order, lines, quotes=quotes, document=document, by=by, submission=submission, at=at
    )


def issue(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Issues an order in review: one transaction, under the lock, or nothing of it.

    Issued already is no error: the order comes back as it is, and nothing is issued twice.
    Raises OrderRefused when it may not be issued, or not any more; the order stays put.
    """
    _check_staff(by)
    with transaction.atomic(durable=True):
        order = _lock_for_issue(order)
        if order.state != State.ISSUED:
            check_move(State(order.state), Move.ISSUE)
            _issue_locked(order, move=Move.ISSUE, by=by, at=at or timezone.now(), reason=reason)
    return order


def hold(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Stops an order in review until something is known. Raises OrderRefused like `reject`."""
    _check_staff(by)
    with transaction.atomic(durable=True):
        order = _lock(order)
        check_move(State(order.state), Move.HOLD, reason)
        _move(order, Move.HOLD, State.HELD, by=by, at=at or timezone.now(), reason=reason)
    return order


def release(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Takes a held order back into review, once sales knows which installation it is for.

    Raises OrderRefused when it is not held, or when its serial number is still missing.
    """
    _check_staff(by)
    with transaction.atomic(durable=True):
        order = _lock(order)
        check_move(State(order.state), Move.RELEASE)
        if not (order.is_new or order.installation_id):
            raise OrderRefused([SerialMissing()])
        _move(order, Move.RELEASE, State.IN_REVIEW, by=by, at=at or timezone.now(), reason=reason)
    return order


def supply_serial(
    order: Order, *, quotes: Sequence[Quote], by: User, at: dt.datetime | None = None
) -> Order:
    """Says which installation a held order is for; it goes back into review.

    What was quoted before is replaced, and kept in the trail. Only sales holds orders so
    far, and sales wants to see an order again that it held: nothing is issued here, however
    the company is set. Raises OrderRefused when the serials identify no installation of the
    company, or one that can't take the lines; the order then stays held.
    """
    if not may_order_for(by, order.company):
        _check_staff(by)
    with transaction.atomic(durable=True):
        order = _lock(order)
        check_move(State(order.state), Move.SUPPLY_SERIAL)
        if order.is_new:
            raise OrderRefused([SerialNotNeeded()])
        resolved = resolve(quotes, company=order.company)
        order.installation = resolved.installation
        _check_can_be_issued(order)
        quoted = _replace_quotes(order, resolved)
        at = at or timezone.now()
        _move(order, Move.SUPPLY_SERIAL, State.IN_REVIEW, by=by, at=at, reason=quoted)
    return order


def reject(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Turns an order down for good. Raises OrderRefused without a reason or when it is too late."""
    _check_staff(by)
    with transaction.atomic(durable=True):
        order = _lock(order)
        check_move(State(order.state), Move.REJECT, reason)
        _move(order, Move.REJECT, State.REJECTED, by=by, at=at or timezone.now(), reason=reason)
    return order


def cancel(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Takes an order back for good: its company may, and sales, who has to say why.

    Raises OrderRefused when it is too late, or when sales gives no reason.
    """
    needs_reason = NEEDS_REASON
    if not may_order_for(by, order.company):
        _check_staff(by)
        needs_reason = NEEDS_REASON_OF_SALES
    with transaction.atomic(durable=True):
        order = _lock(order)
        check_move(State(order.state), Move.CANCEL, reason, needs_reason)
        _move(order, Move.CANCEL, State.CANCELED, by=by, at=at or timezone.now(), reason=reason)
    return order


# Who may -------------------------------------------------------------------------------


def _check_staff(user: User) -> None:
    if not (user.is_active and user.is_staff):
        raise PermissionDenied("Only the vendor's sales people review orders.")


def may_order_for(user: User, company: Company) -> bool:
    """Whether the user orders for the company as a member of it."""
    return Company.objects.order_for(user).filter(pk=company.pk).exists()


def may_enter_orders(user: User) -> bool:
    """Whether the user places orders on behalf of companies, as one of the sales people."""
    return user.is_active and user.is_staff and user.has_perm("orders.enter_order")


def _check_may_place(user: User, order: Order) -> None:
    """Members order for themselves; sales enters an order for a member, who is told about it."""
    if order.ordered_for is None:
        if not may_order_for(user, order.company):
            raise PermissionDenied("Only buyers and owners order, for their own company.")
        return
    if not (may_enter_orders(user) and order.company.active):
        raise PermissionDenied("Only sales enters orders on behalf of an active company.")
    if not User.objects.members_of(order.company).filter(pk=order.ordered_for.pk).exists():
        raise PermissionDenied("An order is entered for a member of the company.")


# Placing -------------------------------------------------------------------------------


def _place(
    order: Order,
    lines: Sequence[NewLine],
    *,
    quotes: Sequence[Quote],
    document: Document | None,
    by: User,
    submission: uuid.UUID | None,
    at: dt.datetime | None,
) -> Order:
    """Writes the order and, where the company is set to that, issues it at once.

    The same submission sent again gives the order that it made the first time. Raises
    OrderRefused when it can't be placed, ValidationError when a value is out of bounds.
    """
    _check_may_place(by, order)
    order.submission = submission or uuid.uuid4()
    order.placed_by, order.placed_at = by, at or timezone.now()
    try:
        with transaction.atomic(durable=True):
            return _twin_of(order) or _place_inside(order, lines, quotes, document)
    except IntegrityError:
        twin = _twin_of(order)  # its twin came in at the same moment and was first
        if twin is None:
            raise
        return twin


def _twin_of(order: Order) -> Order | None:
    return Order.objects.filter(
        submission=order.submission, company=order.company, placed_by=order.placed_by
    ).first()


def _place_inside(
    order: Order, lines: Sequence[NewLine], quotes: Sequence[Quote], document: Document | None
) -> Order:
    resolved = resolve(quotes, company=order.company) if not order.is_new else None
    order.installation = resolved.installation if resolved else None
    order.state, order.changed_at = State.IN_REVIEW, order.placed_at
    _write(order, lines, resolved)
    if order.company.auto_issue:
        order = _lock_for_issue(order)
        _issue_locked(order, move=Move.PLACE, by=order.placed_by, at=order.placed_at)
    else:
        _check_can_be_issued(order)
        _record(order, Move.PLACE, State.DRAFT, by=order.placed_by, at=order.placed_at)
    if document:
        attach(order, document, by=order.placed_by, at=order.placed_at)
    return order


def _write(order: Order, lines: Sequence[NewLine], resolved: Resolved | None) -> None:
    if not 1 <= len(lines) <= MAX_LINES:
        raise ValueError(f"An order has 1 to {MAX_LINES} lines, this one has {len(lines)}.")
    order.clean_fields(exclude=["company", "installation", "placed_by"])
    order.save(force_insert=True)
    rows = [
        OrderLine(
            order=order,
            position=position,
            action=line.action,
            product=line.product,
            quantity=line.quantity,
        )
        for position, line in enumerate(lines, start=1)
    ]
    for row in rows:
        row.clean_fields(exclude=["order", "product"])
    OrderLine.objects.bulk_create(rows)
    _write_quotes(order, resolved)


def _write_quotes(order: Order, resolved: Resolved | None) -> None:
    """One row per family: a serial in another family's field counts for its own."""
    if resolved is None:
        return
    rows = {
        serial.family_id: OrderSerial(
            order=order, family_id=serial.family_id, quoted=quote.text, resolved=serial
        )
        for quote, serial in resolved.serials.items()
    }
    OrderSerial.objects.bulk_create(rows.values())


def _replace_quotes(order: Order, resolved: Resolved) -> str:
    """For the trail: what is quoted now, and what was before."""
    old = ", ".join(order.serials.values_list("quoted", flat=True))
    new = ", ".join(quote.text for quote in resolved.serials)
    order.serials.all().delete()
    _write_quotes(order, resolved)
    return quoted_instead(new, old)[:MAX_REASON]


def _check_can_be_issued(order: Order) -> None:
    """A first look, without the lock: what is impossible now is told to whoever orders."""
    holdings = read_holdings(order.installation) if order.installation else Holdings({}, [])
    _decide(_lines_of(order), holdings, on=local_date(order.placed_at, order.dealer.time_zone))


# Issuing -------------------------------------------------------------------------------


def _lock_for_issue(order: Order) -> Order:
    """The order as it is under the lock, and its installation with it where it has one.

    Only an order for a new installation has none. It gets one when it is issued; a second
    issue, waiting here, then sees that it came too late.
    """
    orders = Order.objects
    rows = orders.locked_with_installation() if order.installation_id else orders.locked()
    return rows.get(pk=order.pk)


def _issue_locked(order: Order, *, move: Move, by: User, at: dt.datetime, reason: str = "") -> None:
    """Decides again on what is current now, and writes everything that an issue is."""
    if order.installation and not order.installation.is_of(order.company):
        raise OrderRefused([InstallationOfAnotherCompany()])
    lines = _lines_of(order)
    installation = order.installation or create_installation(
        company=order.company, site_name=order.site_name, at=at
    )
    holdings = read_holdings(installation) if order.installation else Holdings({}, [])
    on = local_date(at, installation.company.time_zone)
    plan = _decide(lines, holdings, on=on)
    families = _families(lines, holdings)
    change = record_change(
        installation,
        cause=Revision.Cause.ORDER,
        reference=str(order),
        outcomes={families[code]: outcome for code, outcome in plan.outcomes.items()},
        serials=holdings.serials,
        lots=plan.lots,
        by=by,
        at=at,
    )
    _write_outcomes(order, change)
    order.installation, order.revision = installation, change.revision
    _move(order, move, State.ISSUED, by=by, at=at, reason=reason)
    confirm(change, facts_of(order, lines, plan))


def _lines_of(order: Order) -> list[OrderLine]:
    return list(order.lines.select_related("product__family", "product__kit_of"))


def _families(lines: Sequence[OrderLine], holdings: Holdings) -> dict[str, Family]:
    """By code: those on the order, and those that the installation has a serial of."""
    held = {code: serial.family for code, serial in holdings.serials.items()}
    return held | {line.product.family_id: line.product.family for line in lines}


def _decide(lines: Sequence[OrderLine], holdings: Holdings, *, on: dt.date) -> Forecast:
    """Raises OrderRefused when the lines can't be issued into that installation on that day."""
    plan = forecast(
        Site(frozenset(holdings.serials), holdings.lots),
        [line.as_ordered() for line in lines],
        {line.product.family_id: line.product.family.reissue_on for line in lines},
        on,
    )
    if plan.problems:
        raise OrderRefused(plan.problems)
    return plan


def _write_outcomes(order: Order, change: Change) -> None:
    """One statement: families that were quoted have a row already and keep their quote."""
    OrderSerial.objects.bulk_create(
        [
            OrderSerial(
                order=order,
                family_id=family,
                outcome=serial.outcome,
                before=serial.before,
                after=serial.after,
            )
            for family, serial in change.serials.items()
        ],
        update_conflicts=True,
        unique_fields=["order", "family"],
        update_fields=["outcome", "before", "after"],
    )


# Moves ---------------------------------------------------------------------------------


def _lock(order: Order) -> Order:
    """The order as it is under the lock, for a move that touches nothing else."""
    return Order.objects.locked().get(pk=order.pk)


def _move(
    order: Order, move: Move, to: State, *, by: User, at: dt.datetime, reason: str = ""
) -> None:
    before = State.DRAFT if move is Move.PLACE else State(order.state)
    order.state, order.changed_at = to, at
    order.save(update_fields=["state", "changed_at", "installation", "revision"])
    _record(order, move, before, by=by, at=at, reason=reason)


def _record(
    order: Order, move: Move, before: State, *, by: User, at: dt.datetime, reason: str = ""
) -> None:
    """Appends the event of a move that was made."""
    after = State(order.state)
    if not leads_to(before, move, after):
        raise ValueError(f"No such move: {before}, {move}, {after}")
    OrderEvent.objects.create(
        order=order,
        move=move,
        from_state=before,
        to_state=after,
        by=by,
        at=at,
        reason=reason.strip(),
    )
