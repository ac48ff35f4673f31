"""Random histories of an installation, and what the forecast of each order must say of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from licensing.coverage import HeldLot
from licensing.parts import Part
from licensing.serial_policy import Action
from orders.rules.forecast import Forecast
from orders.rules.lines import OrderedLine
from tests.orders.lines import BASES, FIRST, LINES, WAITS
from tests.orders.units import CATALOG, PATHS, REISSUES, Line, Model, Told, Unit

BIRTH = dt.date(2026, 11, 24)
POLICY = {family: {Action(each) for each in actions} for family, actions in REISSUES.items()}


def _part(number: str) -> Part:
    item = CATALOG[number]
    kit: dict[str, Any] = {}
    if item.holds:
        kit = {"kit_of": _part(item.holds[0]), "kit_quantity": item.holds[1]}
    return Part(
        number,
        item.family,
        requires=item.requires or None,
        requires_one_each=item.strict,
        counts_as=item.counts_as or None,
        tier=item.tier,
        term_years=item.years or None,
        **kit,
    )


PARTS = {number: _part(number) for number in CATALOG}


@st.composite
def histories(draw: st.DrawFn, most: int = 6) -> list[tuple[dt.date, list[Line]]]:
    """The orders of an installation, one after the other, days or years apart."""
    day, orders = BIRTH, [(BIRTH, BASES + draw(FIRST))]
    for _ in range(draw(st.integers(1, most))):
        day += dt.timedelta(days=draw(WAITS))
        orders.append((day, draw(LINES)))
    return orders


def ends_of(line: Line, model: Model) -> list[dt.date | None]:
    return [unit.end for unit in model.units if unit.part == line.source]


def ordered(lines: Sequence[Line]) -> list[OrderedLine]:
    return [
        OrderedLine(
            at,
            Action(line.action),
            PARTS[line.part],
            line.quantity,
            PARTS[line.source] if line.source else None,
            line.end,
            line.start,
            (line.source, line.part) in PATHS,
        )
        for at, line in enumerate(lines, start=1)
    ]


def units_of(lots: Sequence[HeldLot]) -> Counter[Unit]:
    units: Counter[Unit] = Counter()
    for lot in lots:
        assert 0 <= lot.renewed <= lot.quantity
        unit = Unit(lot.part.part_number, lot.starts_on, lot.last_day)
        units[replace(unit, renewed=True)] += lot.renewed
        units[unit] += lot.quantity - lot.renewed
    return +units


def named(units: Mapping[Part, int]) -> Counter[str]:
    return +Counter({part.part_number: count for part, count in units.items()})


def check_told(plan: Forecast, told: Told) -> None:
    """The forecast and the model say the same of an order."""
    assert len(plan.line_problems) == told.impossible
    assert named(plan.before) == told.before
    if told.impossible:
        return  # nothing is issued, so it does not matter what else would be missing
    assert named(plan.after) == told.after
    assert {each.part_number for each in plan.missing} == told.missing
    assert {each.part_number for each in plan.warnings} == told.warned
    if not told.refused:
        assert plan.outcomes == told.outcomes
