"""What an issue is: decided on what is current, written as one revision, told in one mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from companies.models import User
from companies.time_zones import local_date
from licensing.actions import (
    Change,
    Holdings,
    create_installation,
    read_holdings,
    record_change,
)
from licensing.models import Family, Installation, Revision
from orders.confirmation import facts_of
from orders.models import Order, OrderLine, OrderSerial
from orders.moving import move as move_order
from orders.rules.forecast import Forecast, Site, forecast
from orders.rules.moves import Move, State
from orders.rules.problems import InstallationOfAnotherCompany, OrderRefused
from orders.rules.remarks import to_json
from orders.telling import tell_issued

NOTHING_HELD = Holdings({}, [])


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read of an order and its installation, and what follows for them."""

    order: Order
    lines: Sequence[OrderLine]
    holdings: Holdings
    plan: Forecast


def prepare(order: Order, *, at: dt.datetime) -> Prepared:
    """Three statements. It stays true only while the installation is locked.

    Raises OrderRefused when the lines can't be issued into that installation on that day.
    """
    lines = list(order.lines.ready_to_decide())
    prepared = plan_of(order, lines, at=at)
    plan = prepared.plan
    missing = () if order.overruled else plan.missing
    if plan.line_problems or missing:
        raise OrderRefused([*plan.line_problems, *missing])
    return prepared


def plan_of(order: Order, lines: Sequence[OrderLine], *, at: dt.datetime) -> Prepared:
    """What the lines would do, problems included; the order may not be saved yet."""
    holdings = read_holdings(order.installation) if order.installation else NOTHING_HELD
    plan = forecast(
        Site(frozenset(holdings.serials), holdings.lots),
        [line.as_ordered() for line in lines],
        {line.product.family_id: line.product.family.reissue_on for line in lines},
        local_date(at, order.dealer.time_zone),
    )
    return Prepared(order, lines, holdings, plan)


def issue_prepared(
    prepared: Prepared,
    move: Move,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    by_link: bool = False,
) -> None:
    """Writes everything that an issue is. The installation is locked since `prepare`."""
    order = prepared.order
    if order.installation and not order.installation.is_of(order.company):
        raise OrderRefused([InstallationOfAnotherCompany()])
    change = _record(prepared, by=by, at=at)
    _write_outcomes(order, change)
    _remember_overruled(prepared)
    order.installation, order.revision = change.revision.installation, change.revision
    move_order(order, move, State.ISSUED, by=by, at=at, reason=reason, by_link=by_link)
    facts = facts_of(order, change, prepared.lines, prepared.plan, prepared.holdings.lots)
    tell_issued(order, change.revision, facts)


def _remember_overruled(prepared: Prepared) -> None:
    """Beside the reason: what was missing in the end. The next move of the order saves it."""
    stored = [to_json(missing) for missing in prepared.plan.missing]
    remarks = prepared.order.remarks
    prepared.order.remarks = [*remarks, *(each for each in stored if each not in remarks)]


def _record(prepared: Prepared, *, by: User, at: dt.datetime) -> Change:
    order, plan = prepared.order, prepared.plan
    families = families_of(prepared)
    return record_change(
        order.installation or _new_installation(order, at),
        cause=Revision.Cause.ORDER,
        reference=f"PO {order.po_number}",  # in the ledger, where no language is anybody’s
        outcomes={families[code]: outcome for code, outcome in plan.outcomes.items()},
        serials=prepared.holdings.serials,
        lots=plan.lots,
        draws=plan.draws,
        by=by,
        at=at,
    )


def _new_installation(order: Order, at: dt.datetime) -> Installation:
    return create_installation(company=order.company, site_name=order.site_name, at=at)


def families_of(prepared: Prepared) -> dict[str, Family]:
    """By code: those on the order, and those that the installation has a serial of."""
    held = {code: serial.family for code, serial in prepared.holdings.serials.items()}
    return held | {line.product.family_id: line.product.family for line in prepared.lines}


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
