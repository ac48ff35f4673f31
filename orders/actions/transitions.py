"""Moves an order from one state to the next: locked, checked against the table, recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import OuterRef

from companies.models import User
from licensing.models import Installation
from notifications.models import Contact
from orders.models import Order, OrderEvent
from orders.rules.holding import HeldFor
from orders.rules.moves import NEEDS_REASON, Move, State, leads_to
from orders.rules.problems import (
    InstallationOfAnotherCompany,
    OrderRefused,
    check_company,
    check_move,
)


def lock(order: Order) -> Order:
    """Reads the order under its lock, for a move that changes nothing else."""
    return Order.objects.locked().get(pk=order.pk)


def lock_with_installation(order: Order) -> Order:
    """Reads the order and its installation, if it has one, under their locks.

    Only an order for a new installation has none. It gets one when it is issued; a second issue
    that waits here then finds the order issued.
    """
    orders = Order.objects
    rows = orders.locked_with_installation() if order.installation_id else orders.locked()
    return rows.get(pk=order.pk)


def lock_site(order: Order, site: Installation) -> None:
    """Gives an order its installation, which is read under its lock, with its contacts.

    It is locked before the order is written: a row that points to it would let two orders wait for
    each other. Raises OrderRefused if the site or its company is no longer there to order for.
    """
    locked = Installation.objects.select_for_update(of=("self",))
    related = locked.select_related("company", "end_customer")
    site = related.annotate(told=Contact.objects.of(OuterRef("pk"))).get(pk=site.pk)
    owners = {each.pk: each for each in (site.company, site.end_customer) if each}
    if order.company_id not in owners:
        raise OrderRefused([InstallationOfAnotherCompany()])
    order.installation, order.company = site, owners[order.company_id]
    order.contacts = site.told  # type: ignore[attr-defined]  # annotated, as `locked_with_installation` does
    check_company(order.company.name, Move.PLACE, active=order.company.active)


def check_may_move(
    order: Order, move: Move, reason: str = "", needs_reason: Collection[Move] = NEEDS_REASON
) -> None:
    """Raises OrderRefused unless the order, which is locked, may make that move from its state."""
    check_move(State(order.state), move, reason, needs_reason)
    check_company(order.company.name, move, active=order.company.active)


def move(
    order: Order,
    move: Move,
    to: State,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    held_for: HeldFor | None = None,
    answered_by: str = "",
) -> OrderEvent:
    """Writes the order in its new state, and the event. The order is locked or not written yet."""
    before = State.DRAFT if move is Move.PLACE else State(order.state)
    order.state, order.changed_at = to, at
    order.held_for = held_for or ""
    _write(order)
    return record(
        order,
        move,
        before,
        by=by,
        at=at,
        reason=reason,
        answered_by=answered_by,
    )


def _write(order: Order) -> None:
    if order._state.adding:
        order.save(force_insert=True)
        return
    order.save(
        update_fields=[
            "state",
            "changed_at",
            "held_for",
            "installation",
            "revision",
            "remarks",
            "overruled",
        ]
    )


def record(
    order: Order,
    move: Move,
    before: State,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    answered_by: str = "",
) -> OrderEvent:
    """Appends the event of a move; `answered_by` says who made it by the link in the mail."""
    after = State(order.state)
    if not leads_to(before, move, after):
        raise ValueError(f"No such move: {before}, {move}, {after}")
    return OrderEvent.objects.create(
        order=order,
        move=move,
        from_state=before,
        to_state=after,
        by=by,
        at=at,
        reason=reason.strip(),
        held_for=order.held_for,
        by_link=bool(answered_by),
        answered_by=answered_by,
    )
