"""A state machine that lets random orders make random moves, and checks the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from companies.models import Company
from licensing import actions as ledger
from licensing.models import Installation, Serial
from licensing.serial_policy import Action
from orders import actions
from orders.models import Order
from orders.policies import OrderRefused
from orders.quotes import Quote
from tests.cast import Cast, assemble
from tests.licensing.invariants import violations

SETTINGS = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PARTS = st.sampled_from(
    [
        "ISS_Expert",
        "ISS_ExpertPlus",
        "ISS_ExpertStarterPack",
        "ISS_Backup",
        "ISS_FedFailover",
        "VS_ES1",
        "VS_ES3",
        "VS_ADV5",
    ]
)
LINES = st.dictionaries(PARTS, st.integers(1, 9), min_size=1, max_size=4)


class Orders(RuleBasedStateMachine):
    """Two dealers, one of them without review; customers quote whatever they once saw."""

    cast: Cast
    waiting: Bundle[Order] = Bundle("waiting")
    sites: Bundle[Installation] = Bundle("sites")

    @initialize()
    def begin(self) -> None:
        self.births: dict[int, str] = {}  # the ISS serial of each site when it was born

    @rule(target=waiting, lines=LINES, at_once=st.booleans())
    def order_new(self, lines: dict[str, int], at_once: bool) -> Any:
        return self._place(lambda: self._customer(at_once, self.cast.order_new, **lines))

    @rule(target=waiting, site=sites, lines=LINES, at_once=st.booleans(), data=st.data())
    def order_existing(
        self, site: Installation, lines: dict[str, int], at_once: bool, data: st.DataObject
    ) -> Any:
        known = list(Serial.objects.filter(installation=site).values_list("number", flat=True))
        quoted = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
        order = self.cast.order_existing
        return self._place(lambda: self._customer(at_once, order, *quoted, **lines))

    @rule(target=sites, order=waiting)
    def issue(self, order: Order) -> Any:
        try:
            return self._site_of(self.cast.issue(order))
        except OrderRefused:
            return multiple()

    @rule(order=consumes(waiting))
    def reject(self, order: Order) -> None:
        self._move(order, "rejected", actions.reject, by=self.cast.sales, reason="Twice.")

    @rule(order=waiting)
    def hold(self, order: Order) -> None:
        self._move(order, "held", actions.hold, by=self.cast.sales, reason="Which site?")

    @rule(order=waiting)
    def release(self, order: Order) -> None:
        self._move(order, "in_review", actions.release, by=self.cast.sales)

    @rule(order=waiting, site=sites, data=st.data())
    def supply_serial(self, order: Order, site: Installation, data: st.DataObject) -> None:
        known = list(Serial.objects.filter(installation=site).values_list("number", flat=True))
        quotes = [Quote("ISS", data.draw(st.sampled_from(known)))]
        self._move(order, "in_review", actions.supply_serial, by=self.cast.buyer, quotes=quotes)

    @rule(order=consumes(waiting))
    def cancel(self, order: Order) -> None:
        self._move(order, "canceled", actions.cancel, by=self.cast.buyer)

    @invariant()
    def the_ledger_is_whole(self) -> None:
        assert violations() == []

    @invariant()
    def iss_serials_are_the_same_since_birth(self) -> None:
        current = Serial.objects.filter(family="ISS", is_current=True)
        numbers = dict(current.values_list("installation", "number"))
        assert numbers == numbers | self.births, "an ISS serial changed since its birth"
        self.births = numbers

    def _move(self, order: Order, state: str, verb: Callable[..., Order], **values: Any) -> None:
        """It leads where it should, or leaves the order where it was."""
        before = Order.objects.get(pk=order.pk).state
        try:
            verb(order, **values)
        except OrderRefused:
            state = before
        assert Order.objects.get(pk=order.pk).state == state

    def _customer(
        self, at_once: bool, order: Callable[..., Order], *args: Any, **lines: int
    ) -> Order:
        Company.objects.update(auto_issue=at_once)
        self.cast.harbor.refresh_from_db()
        return order(*args, **lines)

    def _place(self, place: Callable[[], Order]) -> Any:
        before = Order.objects.count()
        try:
            return place()
        except OrderRefused:
            assert Order.objects.count() == before
            return multiple()

    def _site_of(self, order: Order) -> Installation:
        assert order.installation is not None
        return order.installation


FIRST_FAILURE = settings(SETTINGS, max_examples=400, phases=[Phase.generate])


def run(how: settings = SETTINGS) -> None:
    """Each example starts from the same people and an empty ledger."""

    class Fresh(Orders):
        def __init__(self) -> None:
            super().__init__()
            empty_ledger()
            self.cast = cast

    empty_ledger()
    cast = assemble()
    run_state_machine_as_test(Fresh, settings=how)


def empty_ledger() -> None:
    """Past the guards of the history: tests start over, nobody else does."""
    tables = [
        "outbox_message",
        "notifications_confirmation",
        "orders_orderevent",
        "orders_orderserial",
        "orders_orderline",
        "orders_purchaseorderdocument",
        "orders_order",
        "licensing_movement",
        "licensing_lot",
        "licensing_serial",
        "licensing_revision",
        "licensing_installation",
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
        else:
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names


@pytest.mark.django_db(transaction=True)
def test_random_orders_keep_the_ledger_whole() -> None:
    run()


@pytest.mark.django_db(transaction=True)
def test_control_a_broken_rule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every family treated like VAI: the machine must notice that ISS serials change."""
    everything = property(lambda family: frozenset(Action))
    monkeypatch.setattr("licensing.models.Family.reissue_on", everything)
    with pytest.raises(AssertionError, match="changed since its birth"):
        run(FIRST_FAILURE)


@pytest.mark.django_db(transaction=True)
def test_control_forgotten_movements_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Movements that are not written: holdings no longer are what was ordered."""
    monkeypatch.setattr(ledger.Movement.objects, "bulk_create", list)
    with pytest.raises(AssertionError, match=r"ordered .* put in \{\}"):
        run(FIRST_FAILURE)
