"""A preview of issuing an order, for the user who decides. It writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from orders.actions.deciding import Prepared, Turn, Units, forecast_of, turns_of, units_of
from orders.models import Order, OrderLine
from orders.rules.problems import CompanyClosed, InstallationOfAnotherCompany, Problem
from orders.wording import sentence


@dataclass(frozen=True, slots=True)
class Outlook:
    families: Sequence[Turn]
    holdings: Sequence[Units]
    stops: Sequence[str]  # reasons that nothing can be issued
    missing: Sequence[str]  # missing parts; sales may issue without them and give a reason
    warnings: Sequence[str]
    needs_reason: bool  # parts are missing, and no reason has been given yet

    @property
    def is_plain(self) -> bool:
        """Whether the order can be issued without further thought."""
        return not (self.stops or self.missing or self.warnings)


def outlook_of(order: Order, lines: Sequence[OrderLine], *, at: dt.datetime) -> Outlook:
    """The same decision that issuing makes; two statements at most.

    Read the lines by `ready_to_decide`.
    """
    prepared = forecast_of(order, lines, at=at)
    plan = prepared.plan
    return Outlook(
        families=turns_of(prepared),
        holdings=units_of(plan),
        stops=[sentence(problem) for problem in _stops(prepared)],
        missing=[sentence(problem) for problem in plan.missing],
        warnings=[sentence(problem) for problem in plan.warnings],
        needs_reason=bool(plan.missing) and not order.overruled,
    )


def _stops(prepared: Prepared) -> list[Problem]:
    order = prepared.order
    problems: list[Problem] = list(prepared.plan.line_problems)
    if order.installation and not order.installation.is_of(order.company):
        problems.append(InstallationOfAnotherCompany())
    if not order.company.active:
        problems.append(CompanyClosed(order.company.name))
    return problems
