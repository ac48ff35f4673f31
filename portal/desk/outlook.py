"""What issuing an order would do now, for whoever decides about it. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from licensing.serial_policy import Outcome
from orders.forecast import Forecast, NewLot
from orders.issuing import Prepared, plan_of
from orders.models import Order, OrderLine
from orders.policies import InstallationOfAnotherCompany, Problem
from orders.wording import sentence

WORDS: dict[Outcome, tuple[str, Promise]] = {
    # how its tag looks, and what it says
    Outcome.NEW: ("first", pgettext_lazy("forecast", "First serial will be issued")),
    Outcome.STAYS: ("stays", pgettext_lazy("forecast", "Stays the same")),
    Outcome.REPLACES: ("replaced", pgettext_lazy("forecast", "Will be replaced")),
    Outcome.NOT_CHANGED: ("unchanged", pgettext_lazy("forecast", "Not changed")),
}


@dataclass(frozen=True, slots=True)
class FamilyOutlook:
    family: str
    look: str
    says: Promise
    serial: str  # the current one, or nothing


@dataclass(frozen=True, slots=True)
class HoldingOutlook:
    part_number: str
    before: int
    after: int
    lots: Sequence[NewLot]  # what the order brings in, with its terms

    @property
    def is_changed(self) -> bool:
        return bool(self.lots) or self.before != self.after


@dataclass(frozen=True, slots=True)
class Outlook:
    families: Sequence[FamilyOutlook]
    holdings: Sequence[HoldingOutlook]
    stops: Sequence[str]  # nothing can be issued
    missing: Sequence[str]  # nothing can be issued unless sales says why
    warnings: Sequence[str]
    needs_reason: bool  # to be issued without what is missing: nobody has given one yet

    @property
    def is_plain(self) -> bool:
        """Whether it can be issued without a further thought."""
        return not (self.stops or self.missing or self.warnings)


def outlook_of(order: Order, lines: Sequence[OrderLine], *, at: dt.datetime) -> Outlook:
    """By the decision that issuing itself makes; two statements at most.

    Read the lines by `ready_to_decide`.
    """
    prepared = plan_of(order, lines, at=at)
    plan = prepared.plan
    return Outlook(
        families=_families(prepared),
        holdings=_holdings(plan),
        stops=[sentence(problem) for problem in _stops(prepared)],
        missing=[sentence(problem) for problem in plan.missing],
        warnings=[sentence(problem) for problem in plan.warnings],
        needs_reason=bool(plan.missing) and not order.overruled,
    )


def _families(prepared: Prepared) -> list[FamilyOutlook]:
    numbers = {code: serial.number for code, serial in prepared.holdings.serials.items()}
    return [
        FamilyOutlook(family, *WORDS[outcome], numbers.get(family, ""))
        for family, outcome in sorted(prepared.plan.outcomes.items())
    ]


def _holdings(plan: Forecast) -> list[HoldingOutlook]:
    """What is there and what comes, in the order of the catalog as far as it is held already."""
    before = {part.part_number: units for part, units in plan.before.items()}
    after = {part.part_number: units for part, units in plan.after.items()}
    names = dict.fromkeys([*before, *after, *(lot.part_number for lot in plan.lots)])
    return [
        HoldingOutlook(
            name,
            before.get(name, 0),
            after.get(name, 0),
            [lot for lot in plan.lots if lot.part_number == name],
        )
        for name in names
    ]


def _stops(prepared: Prepared) -> list[Problem]:
    order = prepared.order
    problems: list[Problem] = list(prepared.plan.line_problems)
    if order.installation and not order.installation.is_of(order.company):
        problems.append(InstallationOfAnotherCompany())
    return problems
