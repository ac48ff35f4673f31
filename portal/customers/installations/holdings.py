"""The licenses of an installation, by family: a table, and a chart of terms.

A lot with a last day is in the chart, a lot without one in the table; the code knows no family.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from licensing.coverage import Cover, HeldLot, cover, holdings, needed_by
from licensing.parts import Part
from licensing.renewals import ToRenew, left_to_renew
from licensing.terms import Standing, days_left, standing
from portal.customers.installations import terms_chart
from portal.customers.installations.terms_chart import Bar, TermsChart
from portal.customers.paging import FOLDED
from portal.customers.wording import ended_on, ends_in


@dataclass(frozen=True, slots=True)
class HeldPart:
    """Licenses without an end, all lots of the part together."""

    part_number: str
    quantity: int
    last_added: dt.date
    cover: Cover | None
    covered: int  # percent of the base licenses in use, for the bar
    needed_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class Term:
    """A lot with a last day, and its state today."""

    lot: HeldLot
    standing: Standing
    says: str  # "Ends in 21 days"; empty while the end is far

    @property
    def is_renewed(self) -> bool:
        """Whether a later term follows for each unit."""
        return not self.lot.not_renewed

    @property
    def bar(self) -> Standing:
        """The look of its bar. A renewed lot does not look like one that ends soon."""
        soon = self.standing is Standing.SOON
        return Standing.RUNS if soon and self.is_renewed else self.standing


@dataclass(frozen=True, slots=True)
class Renewable:
    """Units that are left to renew."""

    left: ToRenew
    ended: bool
    says: str


@dataclass(frozen=True, slots=True)
class FamilyHoldings:
    family: str
    parts: Sequence[HeldPart]
    terms: Sequence[Term]  # a page of them
    terms_before: int  # on pages before
    terms_in_all: int
    to_renew: Sequence[Renewable]  # the first ones
    more_to_renew: int
    chart: TermsChart | None
    running: int  # units of the terms that run today

    @property
    def rows(self) -> list[tuple[Term, Bar]]:
        return list(zip(self.terms, self.chart.bars if self.chart else (), strict=True))

    @property
    def terms_until_here(self) -> int:
        return self.terms_before + len(self.terms)

    @property
    def has_more_terms(self) -> bool:
        return self.terms_until_here < self.terms_in_all


def family_holdings(
    lots: Sequence[HeldLot], today: dt.date, terms_from: int = 0
) -> list[FamilyHoldings]:
    """The holdings by family, in the order of the lots, which is the catalog's.

    Of many terms of a family it has those of one page, from that place on.
    """
    units = holdings(lots, today)
    families = dict.fromkeys(lot.part.family for lot in lots)
    return [
        _family(
            family, [lot for lot in lots if lot.part.family == family], units, today, terms_from
        )
        for family in families
    ]


def _family(
    family: str, lots: Sequence[HeldLot], units: Counter[Part], today: dt.date, terms_from: int
) -> FamilyHoldings:
    ending = [lot for lot in lots if lot.last_day]
    ending.sort(key=lambda lot: standing(today, lot.last_day) is Standing.ENDED)  # ended ones last
    first = terms_from if terms_from < len(ending) else 0
    shown = ending[first : first + FOLDED]
    to_renew = left_to_renew(lots, today)
    return FamilyHoldings(
        family=family,
        parts=_parts([lot for lot in lots if not lot.last_day], units),
        terms=[_term(lot, today) for lot in shown],
        terms_before=first,
        terms_in_all=len(ending),
        to_renew=[_renewable(left, today) for left in to_renew[:FOLDED]],
        more_to_renew=sum(left.units for left in to_renew[FOLDED:]),
        chart=terms_chart.draw(shown, today) if shown else None,
        running=sum(holdings(ending, today).values()),
    )


def _parts(lots: Sequence[HeldLot], units: Counter[Part]) -> list[HeldPart]:
    by_part: dict[Part, list[HeldLot]] = {}
    for lot in lots:
        by_part.setdefault(lot.part, []).append(lot)
    return [_part(part, of_part, units) for part, of_part in by_part.items()]


def _part(part: Part, lots: Sequence[HeldLot], units: Counter[Part]) -> HeldPart:
    covered = cover(part, units)
    return HeldPart(
        part_number=part.part_number,
        quantity=sum(lot.quantity for lot in lots),
        last_added=max(lot.starts_on for lot in lots),
        cover=covered,
        covered=_percent(covered) if covered else 0,
        needed_by=needed_by(part, units),
    )


def _percent(covered: Cover) -> int:
    return min(100, round(100 * covered.units / max(covered.base, 1)))


def _term(lot: HeldLot, today: dt.date) -> Term:
    last_day = lot.last_day
    if last_day is None:
        raise ValueError("A lot without an end has no term.")
    return Term(lot, standing(today, last_day), _says(last_day, today))


def _renewable(left: ToRenew, today: dt.date) -> Renewable:
    ended = standing(today, left.last_day) is Standing.ENDED
    return Renewable(left, ended, _says(left.last_day, today))


def _says(last_day: dt.date, today: dt.date) -> str:
    says = {
        Standing.RUNS: "",
        Standing.SOON: ends_in(days_left(today, last_day)),
        Standing.ENDED: ended_on(last_day),
    }
    return says[standing(today, last_day)]
