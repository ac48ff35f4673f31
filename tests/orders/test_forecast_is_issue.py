"""What was forecast is what is issued, over thousands of random installations and orders."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from companies.models import Company
from licensing.actions import Holdings, read_holdings
from licensing.coverage import HeldLot, holdings
from licensing.models import Installation, Lot, Movement, Product
from licensing.parts import Part
from licensing.serial_policy import Action
from orders import actions
from orders.forecast import Forecast, Site, forecast
from orders.models import Order
from orders.ordered import OrderedLine
from orders.placing import NewLine
from orders.policies import OrderRefused
from orders.quotes import Quote
from tests.cast import NOW, Cast, place_confirmed
from tests.licensing.invariants import violations
from tests.orders.lines import BASES, FIRST, LINES, WAITS, make_third_family, that_names_a_lot
from tests.orders.units import CATALOG, PATHS, REISSUES, Line, Model, Told, Unit

BIRTH = dt.date(2026, 11, 24)
POLICY = {family: {Action(each) for each in actions} for family, actions in REISSUES.items()}


def _part(number: str) -> Part:
    item = CATALOG[number]
    kit = {"kit_of": _part(item.holds[0]), "kit_quantity": item.holds[1]} if item.holds else {}
    return Part(
        number,
        item.family,
        requires=item.requires or None,
        requires_one_each=item.strict,
        counts_as=item.counts_as or None,
        tier=item.tier,
        term_years=item.years or None,
        **kit,
    )


PARTS = {number: _part(number) for number in CATALOG}


@st.composite
def histories(draw: st.DrawFn, most: int = 6) -> list[tuple[dt.date, list[Line]]]:
    """The orders of an installation, one after the other, days or years apart."""
    day, orders = BIRTH, [(BIRTH, BASES + draw(FIRST))]
    for _ in range(draw(st.integers(1, most))):
        day += dt.timedelta(days=draw(WAITS))
        orders.append((day, draw(LINES)))
    return orders


def ends_of(line: Line, model: Model) -> list[dt.date | None]:
    return [unit.end for unit in model.units if unit.part == line.source]


def ordered(lines: Sequence[Line]) -> list[OrderedLine]:
    return [
        OrderedLine(
            at,
            Action(line.action),
            PARTS[line.part],
            line.quantity,
            PARTS[line.source] if line.source else None,
            line.end,
            line.start,
            (line.source, line.part) in PATHS,
        )
        for at, line in enumerate(lines, start=1)
    ]


# The pure rules against the model ----------------------------------------------------------


@dataclass
class Ledger:
    """Lots by key, as the ledger sums them up; written as `record_change` writes them."""

    lots: list[HeldLot] = field(default_factory=list)
    families: set[str] = field(default_factory=set)

    def site(self) -> Site:
        return Site(frozenset(self.families), [lot for lot in self.lots if lot.quantity])

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


def units_of(lots: Sequence[HeldLot]) -> Counter[Unit]:
    units: Counter[Unit] = Counter()
    for lot in lots:
        assert 0 <= lot.renewed <= lot.quantity
        unit = Unit(lot.part.part_number, lot.starts_on, lot.last_day)
        units[replace(unit, renewed=True)] += lot.renewed
        units[unit] += lot.quantity - lot.renewed
    return +units


def named(units: dict[Part, int]) -> Counter[str]:
    return +Counter({part.part_number: count for part, count in units.items()})


def check_told(plan: Forecast, told: Told) -> None:
    """The forecast and the model say the same of an order."""
    assert len(plan.line_problems) == told.impossible
    assert named(plan.before) == told.before
    if told.impossible:
        return  # nothing is issued, so it does not matter what else would be missing
    assert named(plan.after) == told.after
    assert {each.part_number for each in plan.missing} == told.missing
    assert {each.part_number for each in plan.warnings} == told.warned
    if not told.refused:
        assert plan.outcomes == told.outcomes


def check_steps(plan: Forecast) -> None:
    """Held before and after, line by line, from the first to the last figure without a jump."""
    held = named(plan.before)
    for step in sorted([*plan.draws, *plan.lots], key=lambda step: (step.line, step in plan.lots)):
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


@settings(max_examples=2000, suppress_health_check=list(HealthCheck))
@given(histories())
def test_the_forecast_is_what_a_naive_model_does(history: list[tuple[dt.date, list[Line]]]) -> None:
    live(history)


# The forecast against what the database holds after the issue ------------------------------


@pytest.fixture
def staffed(cast: Cast) -> Iterator[Cast]:
    """Harbor is issued without review, and staff have made a third license type."""
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    cast.harbor.refresh_from_db()
    make_third_family()
    yield cast
    assert Order.objects.filter(state="issued").count() > 50
    assert violations() == []


@dataclass
class Desk:
    """Orders for one installation, from its birth on."""

    cast: Cast
    products: dict[str, Product]
    model: Model = field(default_factory=Model)
    installation: Installation | None = None

    def order(self, day: dt.date, wished: Sequence[Line]) -> None:
        lines = [that_names_a_lot(line, ends_of(line, self.model)) for line in wished]
        holds = read_holdings(self.installation) if self.installation else Holdings({}, [])
        site = Site(frozenset(holds.serials), holds.lots)
        plan = forecast(site, ordered(lines), POLICY, day)
        told = self.model.issue(lines, day)
        check_told(plan, told)
        if told.refused:
            with pytest.raises(OrderRefused) as refusal:
                self._issue(day, lines, holds)
            assert refusal.value.problems == (*plan.line_problems, *plan.missing)
            return
        order = self._issue(day, lines, holds)
        self.installation = order.installation
        check_issued(order, plan)
        assert units_of(read_holdings(order.installation).lots) == self.model.counted()

    def _issue(self, day: dt.date, lines: Sequence[Line], holds: Holdings) -> Order:
        """As a customer who quotes every serial, is asked about what looks odd, and means it."""
        at = dt.datetime.combine(day, NOW.timetz())
        number = secrets.token_hex(8)
        how: dict[str, Any] = {"quotes": [Quote(*each) for each in quotable(holds)]}
        place = actions.place_existing
        if self.installation is None:
            how, place = {"site_name": number}, actions.place_new
        order = place_confirmed(
            partial(
                place,
                **how,
                company=self.cast.harbor,
                po_number=number,
                lines=[self._new_line(line) for line in lines],
                by=self.cast.buyer,
                at=at,
            )
        )
        return order if order.state == "issued" else actions.issue(order, by=self.cast.sales, at=at)

    def _new_line(self, line: Line) -> NewLine:
        source = self.products[line.source] if line.source else None
        product, action = self.products[line.part], Action(line.action)
        return NewLine(product, line.quantity, action, source, line.end, line.start)


def quotable(holds: Holdings) -> list[tuple[str, str]]:
    return [(family, serial.number) for family, serial in holds.serials.items()]


def check_issued(order: Order, plan: Forecast) -> None:
    """Outcomes, lots with their terms, and movements with their figures, one for one."""
    outcomes = order.serials.values_list("family", "outcome")
    assert dict(outcomes) == plan.outcomes
    moved = Movement.objects.filter(revision=order.revision).order_by("pk")
    assert list(
        moved.values_list(
            "line", "lot__product", "quantity", "renewed", "held_before", "held_after"
        )
    ) == [
        (
            each.line,
            each.part_number,
            each.quantity,
            each.renewed,
            each.held_before,
            each.held_after,
        )
        for each in (*plan.draws, *plan.lots)
    ]
    assert list(moved.values_list("lot", flat=True))[: len(plan.draws)] == [
        draw.lot for draw in plan.draws
    ]
    made = Lot.objects.filter(revision=order.revision).order_by("pk")
    assert list(made.values_list("line", "product", "starts_on", "last_day")) == [
        (new.line, new.part_number, new.starts_on, new.last_day) for new in plan.lots
    ]


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(histories(most=2))
def test_the_forecast_is_what_is_issued(
    staffed: Cast, history: list[tuple[dt.date, list[Line]]]
) -> None:
    desk = Desk(staffed, {product.pk: product for product in Product.objects.orderable()})
    for day, lines in history:
        desk.order(day, lines)
