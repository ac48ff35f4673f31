"""Everything that happens to an order, as atomic verbs.

Each verb opens the one transaction, locks, checks, writes, and records its event there.
What runs inside is a function of its own, so that placing can issue as well.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone

from companies.models import Company, User
from orders.documents.storing import attach
from orders.issuing import issue_prepared, prepare
from orders.models import Order
from orders.moving import lock, lock_with_installation, move
from orders.permissions import (
    check_answer_by_link,
    check_cancel,
    check_decide,
    check_overrule,
    check_place,
    check_supply_serial,
)
from orders.placement import NONE, Consent, NewLine, Placing, Quote
from orders.placing import place_inside, supply_inside
from orders.quoting import guess_limit
from orders.rules.documents import Document
from orders.rules.moves import NEEDS_REASON, NEEDS_REASON_OF_SALES, Move, State
from orders.rules.problems import (
    HeldFor,
    OrderRefused,
    SerialMissing,
    SerialNotNeeded,
    check_company,
    check_move,
)
from orders.telling import tell_held, tell_rejected


def place_new(*, site_name: str, **placing: Unpack[Placing]) -> Order:
    """Places an order for a new installation."""
    return _place(Order(kind=Order.Kind.NEW, site_name=site_name), quotes=[], **placing)


def place_existing(*, quotes: Sequence[Quote], **placing: Unpack[Placing]) -> Order:
    """Places an order for the installation that the quoted serials identify."""
    return _place(Order(kind=Order.Kind.EXISTING), quotes=quotes, **placing)


def issue(
    order: Order,
    *,
    by: User,
    reason: str = "",
    overrule: str = "",
    at: dt.datetime | None = None,
) -> Order:
    """Issues an order in review: one transaction, under the lock, or nothing of it.

    With a reason to `overrule`, which needs a permission of its own, it goes on without what its
    products require. Issued already is no error: the order comes back as it is, and nothing is
    issued twice.
    Raises OrderRefused when it may not be issued, or not any more; the order stays put.
    """
    check_decide(by, Move.ISSUE)
    if overrule.strip():
        check_overrule(by)
    with transaction.atomic(durable=True):
        order = lock_with_installation(order)
        if order.state != State.ISSUED:
            _check(order, Move.ISSUE)
            at = at or timezone.now()
            earlier = order.overruled
            order.overruled = overrule.strip() or earlier
            prepared = prepare(order, at=at)
            if not prepared.plan.missing:  # there was nothing to overrule
                order.overruled = earlier
            issue_prepared(prepared, Move.ISSUE, by=by, at=at, reason=reason)
    return order


def hold(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Stops an order in review until something is known, and tells whoever ordered it.

    Raises OrderRefused like `reject`.
    """
    check_decide(by, Move.HOLD)
    with transaction.atomic(durable=True):
        order = lock(order)
        _check(order, Move.HOLD, reason)
        at = at or timezone.now()
        event = move(
            order, Move.HOLD, State.HELD, by=by, at=at, reason=reason, held_for=HeldFor.SALES
        )
        tell_held(order, event)
    return order


def release(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Takes a held order back into review, once sales knows which installation it is for.

    Raises OrderRefused when it is not held, or when its serial number is still missing.
    """
    check_decide(by, Move.RELEASE)
    with transaction.atomic(durable=True):
        order = lock(order)
        _check(order, Move.RELEASE)
        check_release(order)
        move(order, Move.RELEASE, State.IN_REVIEW, by=by, at=at or timezone.now(), reason=reason)
    return order


def check_release(order: Order) -> None:
    """Raises OrderRefused while nobody knows which installation the order is for."""
    if not (order.is_new or order.installation_id):
        raise OrderRefused([SerialMissing()])


def supply_serial(
    order: Order,
    *,
    quotes: Sequence[Quote],
    by: User,
    by_link: bool = False,
    at: dt.datetime | None = None,
) -> Order:
    """Says which installation a held order is for; it goes on as when it was placed.

    What was quoted before is replaced, and kept in the trail. An order that sales holds goes
    back into review, however the company is set: sales wants to see it again. Raises
    OrderRefused when the serials identify no installation of the company, or one that can't
    take the lines; the order then stays held.
    """
    (check_answer_by_link if by_link else check_supply_serial)(by, order)
    counted = (
        guess_limit.counted_of_link(order.reference, quotes)
        if by_link
        else guess_limit.counted(by, quotes)
    )
    with counted, transaction.atomic(durable=True):
        order = lock(order)
        _check(order, Move.SUPPLY_SERIAL)
        if order.is_new:
            raise OrderRefused([SerialNotNeeded()])
        return supply_inside(order, quotes, by=by, at=at or timezone.now(), by_link=by_link)


def reject(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Turns an order down for good, and tells whoever ordered it.

    Raises OrderRefused without a reason or when it is too late.
    """
    check_decide(by, Move.REJECT)
    with transaction.atomic(durable=True):
        order = lock(order)
        _check(order, Move.REJECT, reason)
        at = at or timezone.now()
        event = move(order, Move.REJECT, State.REJECTED, by=by, at=at, reason=reason)
        tell_rejected(order, event)
    return order


def cancel(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Takes an order back for good: its company may, and sales, who has to say why.

    Raises OrderRefused when it is too late, or when sales gives no reason.
    """
    needs_reason = NEEDS_REASON if check_cancel(by, order) else NEEDS_REASON_OF_SALES
    with transaction.atomic(durable=True):
        order = lock(order)
        _check(order, Move.CANCEL, reason, needs_reason)
        move(order, Move.CANCEL, State.CANCELED, by=by, at=at or timezone.now(), reason=reason)
    return order


def _check(
    order: Order, move: Move, reason: str = "", needs_reason: Collection[Move] = NEEDS_REASON
) -> None:
    """Raises OrderRefused unless the order, locked, may make that move where it stands."""
    check_move(State(order.state), move, reason, needs_reason)
    check_company(order.company.name, move, active=order.company.active)


# Placing -------------------------------------------------------------------------------


def _place(
    order: Order,
    *,
    company: Company,
    po_number: str,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    by: User,
    ordered_for: User | None = None,
    notify: Sequence[str] = (),
    document: Document | None = None,
    consent: Consent = NONE,
    submission: uuid.UUID | None = None,
    rehearsal: bool = False,
    at: dt.datetime | None = None,
) -> Order:
    """Writes the order and takes it as far as it goes: issued, in review, or held.

    `notify` are more recipients of the confirmation. The same submission sent again gives
    the order that it made the first time. A `rehearsal` is inside of a transaction that its
    caller takes back, as the preview of a bulk file does. Raises OrderRefused when it can't
    be placed, ValidationError when a value is out of bounds.
    """
    order.company, order.po_number, order.ordered_for = company, po_number, ordered_for
    order.notify, order.overruled = list(notify), consent.overrule.strip()
    order.submission = submission or uuid.uuid4()
    order.placed_by, order.placed_at = by, at or timezone.now()
    check_place(by, company, ordered_for)
    if order.overruled:
        check_overrule(by)
    asks = () if consent.without_serial else quotes  # else no answer is asked for
    with guess_limit.counted(by, asks):
        return _place_once(order, lines, quotes, consent, document, durable=not rehearsal)


def _place_once(
    order: Order,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    consent: Consent,
    document: Document | None,
    *,
    durable: bool,
) -> Order:
    try:
        with transaction.atomic(durable=durable):
            if twin := _twin_of(order):
                return twin
            order = place_inside(order, lines, quotes, consent)
            if document:
                attach(order, document, by=order.placed_by, at=order.placed_at)
            return order
    except (IntegrityError, OrderRefused):
        twin = _twin_of(order)  # its twin came in at the same moment and was first
        if twin is None:
            raise
        return twin


def _twin_of(order: Order) -> Order | None:
    return Order.objects.filter(
        submission=order.submission, company=order.company, placed_by=order.placed_by
    ).first()
