"""What an order will do to an installation: one pure decision for the form and for the issue."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from licensing.coverage import HeldLot, MissingBase, holdings, missing_bases
from licensing.parts import Part
from licensing.serial_policy import Action, Outcome, decide
from licensing.terms import last_day


@dataclass(frozen=True, slots=True)
class OrderedLine:
    position: int
    action: Action
    part: Part
    quantity: int


@dataclass(frozen=True, slots=True)
class NewLot:
    """Units that a line puts into the installation, kits opened."""

    line: int
    part_number: str
    quantity: int
    starts_on: dt.date
    last_day: dt.date | None
    held_before: int  # units of the part on the day of issue, before and after this line
    held_after: int


@dataclass(frozen=True, slots=True)
class Site:
    """What the decision needs to know of an installation. A new one has nothing yet."""

    families_with_serial: frozenset[str] = frozenset()
    lots: Sequence[HeldLot] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    outcomes: Mapping[str, Outcome]  # by family code, the families without lines included
    lots: tuple[NewLot, ...]
    problems: tuple[MissingBase, ...]  # anything here means: nothing may be issued


def forecast(
    site: Site,
    lines: Sequence[OrderedLine],
    reissue_on: Mapping[str, Collection[Action]],
    on: dt.date,
) -> Forecast:
    """What the lines will do when they are issued on that day (the company's calendar)."""
    held = holdings(site.lots, on)
    lots = _new_lots(lines, held, on)
    ordered = [line.part.unpacked(line.quantity)[0] for line in lines]
    return Forecast(
        outcomes=_outcomes(site, lines, reissue_on),
        lots=lots,
        problems=missing_bases(ordered, held),
    )


def _outcomes(
    site: Site, lines: Sequence[OrderedLine], reissue_on: Mapping[str, Collection[Action]]
) -> dict[str, Outcome]:
    actions: defaultdict[str, list[Action]] = defaultdict(list)
    for line in lines:
        actions[line.part.family].append(line.action)
    outcomes = dict.fromkeys(site.families_with_serial, Outcome.NOT_CHANGED)
    for family, taken in actions.items():
        outcomes[family] = decide(reissue_on[family], taken, family in site.families_with_serial)
    return outcomes


def _new_lots(lines: Sequence[OrderedLine], held: Counter[Part], on: dt.date) -> tuple[NewLot, ...]:
    """The lots of the lines in order; `held` is counted up as they come in."""
    lots = []
    for line in lines:
        part, quantity = line.part.unpacked(line.quantity)
        before, after = held[part], held[part] + quantity
        held[part] = after
        end = last_day(on, part.term_years) if part.term_years else None
        lots.append(NewLot(line.position, part.part_number, quantity, on, end, before, after))
    return tuple(lots)
