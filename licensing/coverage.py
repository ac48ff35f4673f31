"""What an installation holds, and whether base licenses are there for what needs them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from licensing.parts import Part
from licensing.terms import runs_on


@dataclass(frozen=True, slots=True)
class HeldLot:
    """Units of one part with one start and end in an installation."""

    part: Part
    quantity: int
    starts_on: dt.date
    last_day: dt.date | None


@dataclass(frozen=True, slots=True)
class MissingBase:
    """`part_number` was ordered, and no license that it requires is held or ordered."""

    part_number: str
    requires: str


def holdings(lots: Iterable[HeldLot], on: dt.date) -> Counter[Part]:
    """Units of each part that run on that day."""
    held: Counter[Part] = Counter()
    for lot in lots:
        if runs_on(on, lot.starts_on, lot.last_day):
            held[lot.part] += lot.quantity
    return held


def base_units(requires: str, units: Counter[Part]) -> int:
    """How many units satisfy "requires <requires>"."""
    return sum(count for part, count in units.items() if part.is_base(requires))


def missing_bases(ordered: Sequence[Part], units: Counter[Part]) -> tuple[MissingBase, ...]:
    """The ordered parts whose base license is nowhere in `units` (held plus ordered)."""
    return tuple(
        MissingBase(part.part_number, part.requires)
        for part in dict.fromkeys(ordered)
        if part.requires and base_units(part.requires, units) == 0
    )
