"""Decisions of sales and orderers about an order: issue, hold, release, reject, cancel."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from companies.models import User
from orders.actions.deciding import prepare
from orders.actions.issuing import issue_prepared
from orders.actions.notifying import tell_canceled, tell_held, tell_rejected
from orders.actions.transitions import check_may_move, lock, lock_with_installation, move
from orders.models import Order
from orders.permissions import check_cancel, check_decide, check_overrule
from orders.rules.holding import HeldFor
from orders.rules.moves import NEEDS_REASON, NEEDS_REASON_OF_SALES, Move, State
from orders.rules.problems import OrderRefused, SerialMissing


def issue(
    order: Order,
    *,
    by: User,
    reason: str = "",
    overrule: str = "",
    at: dt.datetime | None = None,
) -> Order:
    """Issues an order in review, in one transaction under the lock.

    With a reason in `overrule`, which needs its own permission, it issues the order even if its
    products lack required licenses. Issuing twice is no error: the second call returns the order
    and issues nothing. Raises OrderRefused when the order may not be issued, or no longer; it then
    keeps its state.
    """
    check_decide(by, Move.ISSUE)
    if overrule.strip():
        check_overrule(by)
    with transaction.atomic(durable=True):
        order = lock_with_installation(order)
        if order.state != State.ISSUED:
            check_may_move(order, Move.ISSUE)
            at = at or timezone.now()
            earlier = order.overruled
            order.overruled = overrule.strip() or earlier
            prepared = prepare(order, at=at)
            if not prepared.plan.missing:  # nothing was missing, so nothing was overruled
                order.overruled = earlier
            issue_prepared(prepared, Move.ISSUE, by=by, at=at, reason=reason)
    return order


def hold(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Stops an order in review until a question is answered, and tells the orderer.

    Raises OrderRefused like `reject`.
    """
    check_decide(by, Move.HOLD)
    with transaction.atomic(durable=True):
        order = lock(order)
        check_may_move(order, Move.HOLD, reason)
        at = at or timezone.now()
        event = move(
            order, Move.HOLD, State.HELD, by=by, at=at, reason=reason, held_for=HeldFor.SALES
        )
        tell_held(order, event)
    return order


def release(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Takes a held order back into review, once its installation is known.

    Raises OrderRefused when it is not held, or when its serial number is still missing.
    """
    check_decide(by, Move.RELEASE)
    with transaction.atomic(durable=True):
        order = lock(order)
        check_may_move(order, Move.RELEASE)
        check_release(order)
        move(order, Move.RELEASE, State.IN_REVIEW, by=by, at=at or timezone.now(), reason=reason)
    return order


def check_release(order: Order) -> None:
    """Raises OrderRefused while the order's installation is unknown."""
    if order.lacks_installation:
        raise OrderRefused([SerialMissing()])


def reject(order: Order, *, by: User, reason: str, at: dt.datetime | None = None) -> Order:
    """Rejects an order for good, and tells the orderer.

    Raises OrderRefused without a reason or when it is too late.
    """
    check_decide(by, Move.REJECT)
    with transaction.atomic(durable=True):
        order = lock(order)
        check_may_move(order, Move.REJECT, reason)
        at = at or timezone.now()
        event = move(order, Move.REJECT, State.REJECTED, by=by, at=at, reason=reason)
        tell_rejected(order, event)
    return order


def cancel(order: Order, *, by: User, reason: str = "", at: dt.datetime | None = None) -> Order:
    """Cancels an order for good. Its company may do so, and sales with a reason, which is told.

    Raises OrderRefused when it is too late, or when sales gives no reason.
    """
    is_own = check_cancel(by, order)
    needs_reason = NEEDS_REASON if is_own else NEEDS_REASON_OF_SALES
    with transaction.atomic(durable=True):
        order = lock(order)
        check_may_move(order, Move.CANCEL, reason, needs_reason)
        at = at or timezone.now()
        event = move(order, Move.CANCEL, State.CANCELED, by=by, at=at, reason=reason)
        if not is_own:
            tell_canceled(order, event)
    return order
