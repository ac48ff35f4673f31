"""The holdings of an installation, and the check that its base licenses cover the other parts."""

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
    renewed: int = 0  # units that a later lot renews already
    key: int = 0  # of the lot in the ledger; 0 when several lots were put together

    @property
    def not_renewed(self) -> int:
        return self.quantity - self.renewed


@dataclass(frozen=True, slots=True)
class MissingBase:
    """`part_number` was ordered, and no license that it requires is held or ordered."""

    code: ClassVar[str] = "missing_base"
    part_number: str
    requires: str
    units: int = 0  # units of the part after the order


@dataclass(frozen=True, slots=True)
class NotCovered:
    """After the order, units of `part_number` would outnumber the licenses that it requires."""

    code: ClassVar[str] = "not_covered"
    part_number: str
    requires: str
    units: int
    base: int


@dataclass(frozen=True, slots=True)
class Cover:
    """The units of a part and the units of base licenses that cover them."""

    requires: str
    units: int  # units of the part
    base: int  # units that satisfy the requirement; each may cover one unit of the part

    @property
    def is_enough(self) -> bool:
        return self.units <= self.base


def holdings(lots: Iterable[HeldLot], on: dt.date) -> Counter[Part]:
    """The units of each part that run on that day."""
    held: Counter[Part] = Counter()
    for lot in lots:
        if runs_on(on, lot.starts_on, lot.last_day):
            held[lot.part] += lot.quantity
    return held


def put_together(lots: Iterable[HeldLot]) -> list[HeldLot]:
    """Merges lots of the same part, start and end, for callers that need no single lots."""
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
    """The ordered parts that have no base license in `units` (held plus ordered)."""
    return tuple(
        MissingBase(part.part_number, part.requires, units[part])
        for part in dict.fromkeys(ordered)
        if part.requires and base_units(part.requires, units) == 0
    )


def not_covered(ordered: Sequence[Part], units: Counter[Part]) -> tuple[NotCovered, ...]:
    """The ordered parts that have more units than their base licenses in `units` cover."""
    short = []
    for part in dict.fromkeys(ordered):
        covered = cover(part, units)
        if covered and 0 < covered.base < covered.units:
            short.append(
                NotCovered(part.part_number, covered.requires, covered.units, covered.base)
            )
    return tuple(short)


def cover(part: Part, units: Counter[Part]) -> Cover | None:
    """How many units of the part the base licenses in `units` cover; None if it requires none."""
    if part.requires is None:
        return None
    return Cover(part.requires, units[part], base_units(part.requires, units))


def needed_by(part: Part, units: Counter[Part]) -> tuple[str, ...]:
    """The part numbers in `units` that the part is a base for."""
    return tuple(
        other.part_number for other in units if other.requires and part.is_base(other.requires)
    )
