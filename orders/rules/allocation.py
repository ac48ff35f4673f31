"""Which held units an upgrade or a renewal takes (docs/domain.md, "Line actions").

Lots of the same part with the same end are interchangeable. What an order adds itself
can't be upgraded or renewed by it.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar

from licensing.coverage import HeldLot
from licensing.serial_policy import Action
from licensing.terms import runs_on
from orders.rules.lines import OrderedLine

STARTS = (dt.date(2000, 1, 1), dt.date(2099, 12, 31))  # the first and the last day to ask for


class Flaw(StrEnum):
    """The reason why a line is not possible."""

    KIT = "kit"  # a kit can only be added
    NO_PATH = "no_path"  # the catalog has no upgrade from the one to the other
    NO_RENEWAL = "no_renewal"  # another tier, another family, or no subscription at all
    NOT_HELD = "not_held"  # the installation holds no such units
    ENDED = "ended"  # the units have ended: they must be renewed before an upgrade
    WHICH_LOT = "which_lot"  # the lots have several ends, and the line names none
    TOO_FEW = "too_few"  # fewer units are held than the line names
    NO_START = "no_start"  # a start was requested but the rules give it
    START_TOO_FAR = "start_too_far"  # a slip: no subscription starts that early or late


@dataclass(frozen=True, slots=True)
class LineProblem:
    code: ClassVar[str] = "line_problem"
    line: int
    flaw: Flaw
    action: Action
    part_number: str
    source: str = ""
    wanted: int = 0
    there: int = 0
    ends: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """Units taken from one lot."""

    lot: HeldLot
    quantity: int
    renewed: int  # the number of them that were renewed already


@dataclass(slots=True)
class _Rest:
    """The units of a lot that earlier lines have left."""

    lot: HeldLot
    quantity: int = field(init=False)
    renewed: int = field(init=False)

    def __post_init__(self) -> None:
        self.quantity, self.renewed = self.lot.quantity, self.lot.renewed

    @property
    def not_renewed(self) -> int:
        return self.quantity - self.renewed


class Drawing:
    """Takes units line by line, so that no unit is taken twice."""

    def __init__(self, lots: Sequence[HeldLot], on: dt.date) -> None:
        self._on = on
        self._rests = [_Rest(lot) for lot in sorted(lots, key=lambda lot: (lot.starts_on, lot.key))]

    @property
    def left(self) -> list[HeldLot]:
        """The lots as the lines so far leave them."""
        return [
            replace(rest.lot, quantity=rest.quantity, renewed=rest.renewed) for rest in self._rests
        ]

    def take(self, line: OrderedLine) -> tuple[Taken, ...] | LineProblem:
        """The units that the line takes, or its problem; an added line takes none."""
        if problem := check_products(line):
            return problem
        if line.action is Action.ADD:
            return ()
        rests = [rest for rest in self._rests if self._fits(rest, line)]
        if problem := self._check_rests(rests, line):
            return problem
        return tuple(self._upgrade(rests, line) if _upgrades(line) else _renew(rests, line))

    def _fits(self, rest: _Rest, line: OrderedLine) -> bool:
        left = rest.quantity if _upgrades(line) else rest.not_renewed
        named = line.lot_end in (None, rest.lot.last_day)
        running = runs_on(self._on, rest.lot.starts_on, rest.lot.last_day) or not _upgrades(line)
        return left > 0 and rest.lot.part == line.source and named and running

    def _check_rests(self, rests: Sequence[_Rest], line: OrderedLine) -> LineProblem | None:
        if not rests:
            return _problem(line, Flaw.ENDED if self._has_ended(line) else Flaw.NOT_HELD)
        ends = sorted({rest.lot.last_day for rest in rests if rest.lot.last_day})
        if len(ends) > 1:
            return _problem(line, Flaw.WHICH_LOT, ends=tuple(ends))
        there = sum(rest.quantity if _upgrades(line) else rest.not_renewed for rest in rests)
        if there < line.quantity:
            return _problem(line, Flaw.TOO_FEW, there=there)
        return None

    def _has_ended(self, line: OrderedLine) -> bool:
        return _upgrades(line) and any(
            rest.lot.part == line.source
            and rest.lot.last_day is not None
            and rest.lot.last_day < self._on
            and rest.quantity > 0
            for rest in self._rests
        )

    def _upgrade(self, rests: Sequence[_Rest], line: OrderedLine) -> Iterator[Taken]:
        """Takes units without a renewal first: the others have their next term already."""
        wanted = line.quantity
        fresh = []
        for rest in rests:
            fresh.append(min(rest.not_renewed, wanted))
            wanted -= fresh[-1]
        for rest, quantity in zip(rests, fresh, strict=True):
            renewed = min(rest.renewed, wanted)
            wanted -= renewed
            if quantity + renewed:
                rest.quantity -= quantity + renewed
                rest.renewed -= renewed
                yield Taken(rest.lot, quantity + renewed, renewed)


def _renew(rests: Sequence[_Rest], line: OrderedLine) -> Iterator[Taken]:
    wanted = line.quantity
    for rest in rests:
        quantity = min(rest.not_renewed, wanted)
        wanted -= quantity
        if quantity:
            rest.renewed += quantity
            yield Taken(rest.lot, quantity, 0)


def _upgrades(line: OrderedLine) -> bool:
    return line.action is Action.UPGRADE


def check_products(line: OrderedLine) -> LineProblem | None:
    """Whether the products fit together, regardless of the holdings."""
    if line.action is Action.ADD:
        return _check_start(line, line.starts_on) if line.starts_on else None
    if line.part.kit_of:
        return _problem(line, Flaw.KIT)
    if line.source is None:
        return _problem(line, Flaw.NOT_HELD)
    if line.action is Action.UPGRADE and not line.is_upgrade_path:
        return _problem(line, Flaw.NO_PATH)
    if line.action is Action.RENEW and not line.part.renews(line.source):
        return _problem(line, Flaw.NO_RENEWAL)
    return _problem(line, Flaw.NO_START) if line.starts_on else None


def _check_start(line: OrderedLine, day: dt.date) -> LineProblem | None:
    if line.part.inside.term_years is None:
        return _problem(line, Flaw.NO_START)
    return None if STARTS[0] <= day <= STARTS[1] else _problem(line, Flaw.START_TOO_FAR)


def _problem(
    line: OrderedLine, flaw: Flaw, there: int = 0, ends: tuple[dt.date, ...] = ()
) -> LineProblem:
    source = line.source.part_number if line.source else ""
    return LineProblem(
        line.position, flaw, line.action, line.part.part_number, source, line.quantity, there, ends
    )
