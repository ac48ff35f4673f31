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


@dataclass(frozen=True, slots=True)
class Cover:
    """What a part needs, and how much of that there is for it."""

    requires: str
    units: int  # of the part
    base: int  # units that satisfy what it requires; each may cover one unit of the part

    @property
    def is_enough(self) -> bool:
        return self.units <= self.base


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


def cover(part: Part, units: Counter[Part]) -> Cover | None:
    """How far the base licenses in `units` go for the part; None where it needs none."""
    if part.requires is None:
        return None
    return Cover(part.requires, units[part], base_units(part.requires, units))


def needed_by(part: Part, units: Counter[Part]) -> tuple[str, ...]:
    """The part numbers in `units` that the part is a base for."""
    return tuple(
        other.part_number for other in units if other.requires and part.is_base(other.requires)
    )
