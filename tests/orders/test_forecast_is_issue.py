"""The database holds after the issue what was forecast, for random orders."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from companies.models import Company
from licensing.actions import Holdings, read_holdings
from licensing.coverage import HeldLot
from licensing.models import Installation, Lot, Movement, Product
from licensing.serial_policy import Action
from orders import actions
from orders.models import Order
from orders.placement import NewLine, Quote
from orders.rules.forecast import Draw, Forecast, NewLot, SiteHoldings, forecast, lots_after
from orders.rules.problems import OrderRefused
from tests.cast import NOW, Cast, place_confirmed
from tests.licensing.invariants import violations
from tests.orders.histories import POLICY, check_told, ends_of, histories, ordered, units_of
from tests.orders.lines import make_third_family, that_names_a_lot
from tests.orders.units import Line, Model

pytestmark = pytest.mark.both_databases


@pytest.fixture
def unreviewed(cast: Cast) -> Iterator[Cast]:
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
        site = SiteHoldings(frozenset(holds.serials), holds.lots)
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
        assert order.installation
        lots = read_holdings(order.installation).lots
        assert units_of(lots) == self.model.counted()
        assert by_age(lots) == by_age(lots_after(holds.lots, ordered(lines), plan))

    def _issue(self, day: dt.date, lines: Sequence[Line], holds: Holdings) -> Order:
        """As a customer who quotes every serial, is asked about what looks odd, and means it."""
        at = dt.datetime.combine(day, NOW.timetz())
        number = secrets.token_hex(8)
        how: dict[str, Any] = {"quotes": [Quote(*each) for each in quotable(holds)]}
        place: Callable[..., Order] = actions.place_existing
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


def by_age(lots: Sequence[HeldLot]) -> list[HeldLot]:
    """In the order of their keys, which the ledger gives to new lots."""
    return [replace(lot, key=0) for lot in sorted(lots, key=lambda lot: lot.key)]


def quotable(holds: Holdings) -> list[tuple[str, str]]:
    return [(family, serial.number) for family, serial in holds.serials.items()]


def check_issued(order: Order, plan: Forecast) -> None:
    """Outcomes, lots with their terms, and movements with their figures, one for one."""
    outcomes = order.serials.values_list("family", "outcome")
    assert dict(outcomes) == plan.outcomes
    steps: list[Draw | NewLot] = [*plan.draws, *plan.lots]
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
        for each in steps
    ]
    assert list(moved.values_list("lot", flat=True))[: len(plan.draws)] == [
        draw.lot for draw in plan.draws
    ]
    made = Lot.objects.filter(revision=order.revision).order_by("pk")
    assert list(made.values_list("line", "product", "starts_on", "last_day")) == [
        (new.line, new.part_number, new.starts_on, new.last_day) for new in plan.lots
    ]


@pytest.mark.siege
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(histories(most=2))
def test_the_forecast_is_what_is_issued(
    unreviewed: Cast, history: list[tuple[dt.date, list[Line]]]
) -> None:
    desk = Desk(unreviewed, {product.pk: product for product in Product.objects.orderable()})
    for day, lines in history:
        desk.order(day, lines)
