"""Collects the facts of an order's confirmation from the decision and the written change."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from companies.time_zones import local_date
from licensing.actions import Change, SerialChange
from licensing.coverage import HeldLot
from licensing.parts import Part
from licensing.serial_policy import Action, Outcome
from notifications.confirmation.facts import (
    ConfirmationFacts,
    HeldFact,
    LineFact,
    SerialFact,
    SourceFact,
)
from notifications.notices.changeover import links_for
from orders.models import Order, OrderLine
from orders.rules.forecast import Draw, Forecast, NewLot, lots_after


def facts_of(
    order: Order,
    change: Change,
    lines: Sequence[OrderLine],
    plan: Forecast,
    lots: Sequence[HeldLot],
) -> ConfirmationFacts:
    """`lots` are those held before the order. All figures are those that the ledger got."""
    revision, links = change.revision, links_for(change)
    on = local_date(revision.at, order.dealer.time_zone)
    customer = revision.installation.end_customer
    return ConfirmationFacts(
        number=revision.number,
        revised=not order.is_new,
        site_name=revision.installation.site_name,
        installation=revision.installation.reference,
        po_number=order.po_number,
        order_number=order.reference,
        order_path=order.get_absolute_url(),
        issued_at=revision.at,
        issued_on=on,
        serials=tuple(
            _serial(serial, links.get(family, "")) for family, serial in change.serials.items()
        ),
        lines=tuple(_lines(lines, plan, lots, on)),
        held=held_after(lots_after(lots, [line.as_ordered() for line in lines], plan), on),
        dealer=order.dealer.name,
        end_customer=customer.name if customer else "",
    )


def _serial(serial: SerialChange, entered_url: str) -> SerialFact:
    replaces = serial.outcome is Outcome.REPLACES and serial.before
    return SerialFact(
        family=serial.after.family_id,
        number=serial.after.number,
        outcome=serial.outcome,
        replaced=serial.before.number if replaces and serial.before else "",
        changes=bool(serial.after.family.reissue_on),
        entered_url=entered_url,
        replaced_on=tuple(sorted(serial.after.family.reissue_on)),
    )


def _lines(
    lines: Iterable[OrderLine], plan: Forecast, lots: Iterable[HeldLot], on: dt.date
) -> Iterator[LineFact]:
    came = {lot.line: lot for lot in plan.lots}
    drawn: defaultdict[int, list[Draw]] = defaultdict(list)
    for draw in plan.draws:
        drawn[draw.line].append(draw)
    ends = {lot.key: lot.last_day for lot in lots}
    for line in lines:
        yield _line(line, came[line.position], drawn[line.position], ends, on)


def _line(
    line: OrderLine,
    came: NewLot,
    drawn: Sequence[Draw],
    ends: Mapping[int, dt.date | None],
    on: dt.date,
) -> LineFact:
    is_kit = came.part_number != line.product_id
    return LineFact(
        action=Action(line.action),
        quantity=line.quantity,
        part_number=line.product_id,
        before=came.held_before,
        after=came.held_after,
        last_day=came.last_day,
        starts_later=_later(came.starts_on, on),
        kit_units=came.quantity if is_kit else 0,
        kit_part=came.part_number if is_kit else "",
        source=_source(drawn, ends) if drawn else None,
    )


def _source(drawn: Sequence[Draw], ends: Mapping[int, dt.date | None]) -> SourceFact:
    """The units of one part with one end, from one lot or several."""
    first, last = drawn[0], drawn[-1]
    return SourceFact(first.part_number, first.held_before, last.held_after, ends[first.lot])


def held_after(lots: Iterable[HeldLot], on: dt.date) -> tuple[HeldFact, ...]:
    """The held units in the order of the catalog, without ended lots."""
    units: Counter[tuple[Part, dt.date | None, dt.date | None]] = Counter()
    for lot in lots:
        if lot.last_day is None or lot.last_day >= on:
            units[lot.part, lot.last_day, _later(lot.starts_on, on)] += lot.quantity
    rows = sorted(units.items(), key=lambda row: _position(*row[0]))
    return tuple(
        HeldFact(part.part_number, quantity, last_day, starts)
        for (part, last_day, starts), quantity in rows
        if quantity
    )


def _position(part: Part, last_day: dt.date | None, starts: dt.date | None) -> tuple[object, ...]:
    never = dt.date.max
    return part.position, part.part_number, last_day or never, starts or never


def _later(starts_on: dt.date, on: dt.date) -> dt.date | None:
    return starts_on if starts_on > on else None
