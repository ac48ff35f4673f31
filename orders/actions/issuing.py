"""Issues an order: decides on current data, writes one revision, and sends one mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from companies.models import User
from licensing.actions import (
    Change,
    new_installation,
    record_change,
)
from licensing.models import Installation, Revision
from orders.actions.confirmation import facts_of
from orders.actions.deciding import Prepared, families_of
from orders.actions.notifying import tell_issued
from orders.actions.transitions import move as move_order
from orders.models import Order, OrderSerial
from orders.rules.moves import Move, State
from orders.rules.problems import InstallationOfAnotherCompany, OrderRefused
from orders.rules.remarks import to_json
from texts.po_numbers import has_label


def issue_prepared(
    prepared: Prepared,
    move: Move,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    answered_by: str = "",
    quoted: Sequence[OrderSerial] = (),
) -> None:
    """Writes all rows of an issue. The installation is locked since `prepare`.

    An order that is issued as it is placed is written here, with the rows of its quotes.
    """
    order = prepared.order
    if order.installation and not order.installation.is_of(order.company):
        raise OrderRefused([InstallationOfAnotherCompany()])
    change = _record(prepared, by=by, at=at)
    _remember_overruled(prepared)
    order.installation, order.revision = change.revision.installation, change.revision
    move_order(
        order,
        move,
        State.ISSUED,
        by=by,
        at=at,
        reason=reason,
        answered_by=answered_by,
    )
    _write_outcomes(order, change, quoted)
    facts = facts_of(order, change, prepared.lines, prepared.plan, prepared.holdings.lots)
    tell_issued(order, change.revision, facts)


def _remember_overruled(prepared: Prepared) -> None:
    """Records the missing parts that sales overruled. The next move of the order saves them."""
    stored = [to_json(missing) for missing in prepared.plan.missing]
    remarks = prepared.order.remarks
    prepared.order.remarks = [*remarks, *(each for each in stored if each not in remarks)]


def _record(prepared: Prepared, *, by: User, at: dt.datetime) -> Change:
    order, plan = prepared.order, prepared.plan
    families = families_of(prepared)
    return record_change(
        order.installation or _new_installation(order, at),
        cause=Revision.Cause.ORDER,
        reference=_reference(order.po_number),
        outcomes={families[code]: outcome for code, outcome in plan.outcomes.items()},
        serials=prepared.holdings.serials,
        lots=plan.lots,
        draws=plan.draws,
        by=by,
        at=at,
    )


def _reference(po_number: str) -> str:
    """For the ledger, which has no language."""
    return po_number if has_label(po_number) else f"PO {po_number}"


def _new_installation(order: Order, at: dt.datetime) -> Installation:
    return new_installation(company=order.company, site_name=order.site_name, at=at)


def _write_outcomes(order: Order, change: Change, quoted: Sequence[OrderSerial]) -> None:
    """Takes one statement. A quoted family has a row, written or not, and keeps its quote."""
    rows = {row.family_id: row for row in quoted}
    for family, serial in change.serials.items():
        row = rows.setdefault(family, OrderSerial(order=order, family_id=family))
        row.outcome, row.before, row.after = serial.outcome, serial.before, serial.after
    OrderSerial.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["order", "family"],
        update_fields=["outcome", "before", "after"],
    )
