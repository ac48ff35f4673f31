"""What an installation holds, and whether base licenses are there for what needs them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from licensing.parts import Part
from licensing.terms import runs_on


@dataclass(frozen=True, slots=True)
class HeldLot:
    """Units of one part with one start and end in an installation."""

    part: Part
    quantity: int
    starts_on: dt.date
    last_day: dt.date | None
    renewed: int = 0  # units of it that a later lot goes on for already
    key: int = 0  # of the lot in the ledger; 0 for several that were put together

    @property
    def not_renewed(self) -> int:
        return self.quantity - self.renewed


@dataclass(frozen=True, slots=True)
class MissingBase:
    """`part_number` was ordered, and no license that it requires is held or ordered."""

    code: ClassVar[str] = "missing_base"
    part_number: str
    requires: str
    units: int = 0  # of the part, after the order


@dataclass(frozen=True, slots=True)
class NotCovered:
    """There would be more units of `part_number` than licenses that it requires."""

    code: ClassVar[str] = "not_covered"
    part_number: str
    requires: str
    units: int
    base: int


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


def put_together(lots: Iterable[HeldLot]) -> list[HeldLot]:
    """Lots of the same part, start and end as one, where it does not matter which is which."""
    sums: dict[tuple[Part, dt.date, dt.date | None], tuple[int, int]] = {}
    for lot in lots:
        alike = (lot.part, lot.starts_on, lot.last_day)
        units, renewed = sums.get(alike, (0, 0))
        sums[alike] = (units + lot.quantity, renewed + lot.renewed)
    return [
        HeldLot(part, units, starts_on, last_day, renewed)
        for (part, starts_on, last_day), (units, renewed) in sums.items()
    ]


def base_units(requires: str, units: Counter[Part]) -> int:
    """How many units satisfy "requires <requires>"."""
    return sum(count for part, count in units.items() if part.is_base(requires))


def missing_bases(ordered: Sequence[Part], units: Counter[Part]) -> tuple[MissingBase, ...]:
    """The ordered parts whose base license is nowhere in `units` (held plus ordered)."""
    return tuple(
        MissingBase(part.part_number, part.requires, units[part])
        for part in dict.fromkeys(ordered)
        if part.requires and base_units(part.requires, units) == 0
    )


def not_covered(ordered: Sequence[Part], units: Counter[Part]) -> tuple[NotCovered, ...]:
    """The ordered parts of which more are in `units` than the base licenses there cover."""
    short = []
    for part in dict.fromkeys(ordered):
        covered = cover(part, units)
        if covered and 0 < covered.base < covered.units:
            short.append(
                NotCovered(part.part_number, covered.requires, covered.units, covered.base)
            )
    return tuple(short)


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
