"""A naive model of the installation does what is forecast, order by order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, event, given, settings

from licensing.coverage import HeldLot, holdings
from orders.rules.forecast import Draw, Forecast, NewLot, SiteHoldings, forecast
from tests.orders.histories import (
    PARTS,
    POLICY,
    check_told,
    ends_of,
    histories,
    named,
    ordered,
    units_of,
)
from tests.orders.lines import that_names_a_lot
from tests.orders.units import Line, Model


@dataclass
class Ledger:
    """Lots by key, as the ledger sums them up; written as `record_change` writes them."""

    lots: list[HeldLot] = field(default_factory=list)
    families: set[str] = field(default_factory=set)

    def site(self) -> SiteHoldings:
        return SiteHoldings(frozenset(self.families), [lot for lot in self.lots if lot.quantity])

    def write(self, plan: Forecast) -> None:
        for draw in plan.draws:
            lot = self.lots[draw.lot - 1]
            assert lot.part.part_number == draw.part_number
            self.lots[draw.lot - 1] = replace(
                lot, quantity=lot.quantity + draw.quantity, renewed=lot.renewed + draw.renewed
            )
        for new in plan.lots:
            key = len(self.lots) + 1
            part = PARTS[new.part_number]
            lot = HeldLot(part, new.quantity, new.starts_on, new.last_day, new.renewed, key)
            self.lots.append(lot)
        self.families |= set(plan.outcomes)


def check_steps(plan: Forecast) -> None:
    """Held before and after, line by line, from the first to the last figure without a jump."""
    held = named(plan.before)
    steps: list[Draw | NewLot] = [*plan.draws, *plan.lots]
    for step in sorted(steps, key=lambda step: (step.line, step in plan.lots)):
        assert step.held_before == held[step.part_number]
        assert step.held_after >= 0
        held[step.part_number] = step.held_after
    assert +held == named(plan.after)


def live(history: list[tuple[dt.date, list[Line]]]) -> None:
    ledger, model = Ledger(), Model()
    for day, wished in history:
        lines = [that_names_a_lot(line, ends_of(line, model)) for line in wished]
        plan = forecast(ledger.site(), ordered(lines), POLICY, day)
        told = model.issue(lines, day)
        check_told(plan, told)
        event("refused" if told.refused else "issued")
        if told.refused:
            continue
        check_steps(plan)
        ledger.write(plan)
        assert units_of(ledger.lots) == model.counted()
        assert named(holdings(ledger.lots, day)) == named(plan.after)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(histories())
def test_the_forecast_is_what_a_naive_model_does(history: list[tuple[dt.date, list[Line]]]) -> None:
    live(history)


@pytest.mark.siege
@settings(max_examples=1_000, suppress_health_check=list(HealthCheck))
@given(histories())
def test_it_is_through_a_thousand_histories(history: list[tuple[dt.date, list[Line]]]) -> None:
    live(history)
