"""Decides the effects of an order on an installation: one pure decision for form and issue."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from licensing.coverage import (
    HeldLot,
    MissingBase,
    NotCovered,
    base_units,
    holdings,
    missing_bases,
    not_covered,
)
from licensing.parts import Part
from licensing.renewals import ToRenew, left_to_renew
from licensing.serial_policy import Action, Outcome, decide
from licensing.terms import last_day, runs_on
from orders.rules.allocation import Drawing, LineProblem, Taken
from orders.rules.lines import OrderedLine


@dataclass(frozen=True, slots=True)
class NewLot:
    """Units that a line adds to the installation, kits opened."""

    line: int
    part_number: str
    quantity: int
    starts_on: dt.date
    last_day: dt.date | None
    held_before: int  # units of the part on the day of issue, before and after this line
    held_after: int
    renewed: int = 0  # units of it that were renewed already as units of another part


@dataclass(frozen=True, slots=True)
class Draw:
    """Units that a line takes out of an existing lot, or renews in it."""

    line: int
    lot: int  # key of the lot in the ledger
    part_number: str
    quantity: int  # 0 for a renewal: the units stay until they end
    renewed: int  # the change of the lot's renewed units, negative if renewed units leave
    held_before: int
    held_after: int


@dataclass(frozen=True, slots=True)
class SiteHoldings:
    """The facts of an installation that the decision needs. A new installation has none."""

    families_with_serial: frozenset[str] = frozenset()
    lots: Sequence[HeldLot] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    outcomes: Mapping[str, Outcome]  # by family code, including families without lines
    lots: tuple[NewLot, ...]
    draws: tuple[Draw, ...]
    before: Mapping[Part, int]  # units that run on the day of issue
    after: Mapping[Part, int]
    line_problems: tuple[LineProblem, ...]  # nothing can be issued
    missing: tuple[MissingBase | NotCovered, ...]  # nothing can be issued unless sales overrules
    warnings: tuple[NotCovered, ...]  # the orderer must acknowledge them
    renewable: Mapping[int, ToRenew]  # by added line: units that perhaps are to be renewed instead


def forecast(
    site: SiteHoldings,
    lines: Sequence[OrderedLine],
    reissue_on: Mapping[str, Collection[Action]],
    on: dt.date,
) -> Forecast:
    """The effects of the lines when they are issued on that day (the company's calendar)."""
    taken_lines = _TakenLines(site, on)
    for line in lines:
        taken_lines.take(line)
    touched = taken_lines.touched(lines)
    strict = [part for part in touched if part.requires_one_each]
    lenient = [part for part in touched if not part.requires_one_each]
    return Forecast(
        outcomes=_outcomes(site, lines, reissue_on),
        lots=tuple(taken_lines.lots),
        draws=tuple(taken_lines.draws),
        before=taken_lines.before,
        after=taken_lines.held,
        line_problems=tuple(taken_lines.problems),
        missing=(*missing_bases(touched, taken_lines.held), *not_covered(strict, taken_lines.held)),
        warnings=not_covered(lenient, taken_lines.held),
        renewable=renewable(lines, taken_lines.drawing.left, on),
    )


def renewable(
    lines: Sequence[OrderedLine], lots: Sequence[HeldLot], on: dt.date
) -> dict[int, ToRenew]:
    """For each line that adds what could renew units near their end: the first of those units."""
    left = left_to_renew(lots, on)
    found = {
        line.position: next((each for each in left if line.part.renews(each.part)), None)
        for line in lines
        if line.action is Action.ADD
    }
    return {position: each for position, each in found.items() if each}


def lots_after(
    lots: Sequence[HeldLot], lines: Sequence[OrderedLine], plan: Forecast
) -> list[HeldLot]:
    """The lots once the plan is issued, in the order of the catalog; those that are left empty go.

    The ledger gives a new lot its key; until then it has a key behind those of the other lots.
    """
    moved: Counter[int] = Counter()
    renewed: Counter[int] = Counter()
    for draw in plan.draws:
        moved[draw.lot] += draw.quantity
        renewed[draw.lot] += draw.renewed
    left = [
        replace(lot, quantity=lot.quantity + moved[lot.key], renewed=lot.renewed + renewed[lot.key])
        for lot in lots
    ]
    parts = {line.position: line.part.inside for line in lines}
    behind = max((lot.key for lot in lots), default=0) + 1
    new = [
        HeldLot(parts[lot.line], lot.quantity, lot.starts_on, lot.last_day, lot.renewed, key)
        for key, lot in enumerate(plan.lots, start=behind)
    ]
    there = [lot for lot in (*left, *new) if lot.quantity]
    return sorted(there, key=lambda lot: (lot.part.position, lot.part.part_number))


def _outcomes(
    site: SiteHoldings, lines: Sequence[OrderedLine], reissue_on: Mapping[str, Collection[Action]]
) -> dict[str, Outcome]:
    actions: defaultdict[str, list[Action]] = defaultdict(list)
    for line in lines:
        actions[line.part.family].append(line.action)
    outcomes = dict.fromkeys(site.families_with_serial, Outcome.NOT_CHANGED)
    for family, taken in actions.items():
        outcomes[family] = decide(reissue_on[family], taken, family in site.families_with_serial)
    return outcomes


class _TakenLines:
    """The lines, one after the other; `held` are the running units after the last of them."""

    def __init__(self, site: SiteHoldings, on: dt.date) -> None:
        self.on = on
        self.drawing = Drawing(site.lots, on)
        self.before: Counter[Part] = holdings(site.lots, on)
        self.held = Counter(self.before)
        self.lots: list[NewLot] = []
        self.draws: list[Draw] = []
        self.problems: list[LineProblem] = []

    def take(self, line: OrderedLine) -> None:
        taken = self.drawing.take(line)
        if isinstance(taken, LineProblem):
            self.problems.append(taken)
            return
        source = line.source or line.part
        self.draws.extend(self._draw(line, source, each) for each in taken)
        self.lots.append(self._new_lot(line, taken))

    def touched(self, lines: Sequence[OrderedLine]) -> list[Part]:
        """The ordered parts, and held parts that lose base licenses by the order."""
        ordered = (line.part.inside for line in lines)
        return [*ordered, *filter(self._loses_base, self.before)]

    def _loses_base(self, part: Part) -> bool:
        if part.requires is None or not self.held[part]:  # no unit is left that could need it
            return False
        return base_units(part.requires, self.held) < base_units(part.requires, self.before)

    def _draw(self, line: OrderedLine, source: Part, taken: Taken) -> Draw:
        """An upgrade takes units out; a renewal leaves them in place until they end."""
        before = self.held[source]
        out = taken.quantity if line.action is Action.UPGRADE else 0
        self.held[source] = before - out
        renewed = -taken.renewed if out else taken.quantity
        return Draw(
            line.position,
            taken.lot.key,
            source.part_number,
            -out,
            renewed,
            before,
            self.held[source],
        )

    def _new_lot(self, line: OrderedLine, taken: Sequence[Taken]) -> NewLot:
        part, quantity = line.part.unpacked(line.quantity)
        starts_on, last = self._term(line, taken)
        before = self.held[part]
        if runs_on(self.on, starts_on, last):
            self.held[part] += quantity
        return NewLot(
            line.position,
            part.part_number,
            quantity,
            starts_on,
            last,
            before,
            self.held[part],
            sum(each.renewed for each in taken),
        )

    def _term(self, line: OrderedLine, taken: Sequence[Taken]) -> tuple[dt.date, dt.date | None]:
        """Upgraded units keep their end; a renewal starts after the old end, or now if late."""
        if line.action is Action.UPGRADE:
            return self.on, taken[0].lot.last_day
        start = line.starts_on or self.on
        if line.action is Action.RENEW and (ended := taken[0].lot.last_day):
            start = max(self.on, ended + dt.timedelta(days=1))
        part = line.part.inside
        return start, last_day(start, part.term_years) if part.term_years else None
