"""Many at once, with real threads and real transactions.

Each race stands beside a negative control: with the guard off, in that test only, the
race happens.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, models

from licensing import actions as ledger
from licensing.models import Installation, Product, Revision, Serial
from licensing.serial_policy import Action
from notifications.models import Confirmation
from orders import actions
from orders.actions import deciding, placing, supplying
from orders.models import Order, OrderLine
from orders.placement import Consent, NewLine, Quote
from orders.quoting.identify import resolve
from orders.rules.allocation import LineProblem
from orders.rules.moves import State
from orders.rules.problems import MoveNotPossible, OrderRefused, SamePurchaseOrder
from tests.cast import NOW, Cast, current
from tests.licensing.invariants import violations
from tests.threads import THREADS, at_once, only_postgresql

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def issue(order: Order, cast: Cast) -> Callable[[], Order]:
    return lambda: actions.issue(order, by=cast.sales)


def count_orders() -> None:
    """As autovacuum would, which is off here: the next order looks at all before it.

    PostgreSQL, which knows nothing of them, reads the lines of all orders for each order.
    """
    with connection.cursor() as cursor:
        for table in (Order._meta.db_table, OrderLine._meta.db_table):
            cursor.execute(f"ANALYZE {table}")


@pytest.mark.siege
def test_many_orders_against_one_serial_make_one_chain(cast: Cast) -> None:
    """Each quotes the same serial; issued by 8 threads, each replaces what is current then.

    8 × 100 on PostgreSQL. SQLite lets one thread in at a time, and not in turn: 8 × 5.
    """
    count = THREADS * (100 if connection.vendor == "postgresql" else 5)
    site = cast.site(VS_ES1=1)
    quoted = current(site, "VAI")
    orders = [cast.order_existing(quoted, VS_ES1=n) for n in range(1, THREADS + 1)]
    count_orders()
    orders += [cast.order_existing(quoted, VS_ES1=n) for n in range(THREADS + 1, count + 1)]
    results = at_once([issue(order, cast) for order in orders])
    assert [result for result in results if not isinstance(result, Order)] == []
    assert Serial.objects.filter(installation=site).count() == count + 1
    assert Serial.objects.filter(installation=site, is_current=True).count() == 1
    assert not violations()


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def no_constraints() -> Iterator[None]:
    """Without the constraints that stop a fork, which come back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE contype = 'u' AND conrelid IN "
            "('licensing_serial'::regclass, 'licensing_revision'::regclass, "
            "'notifications_confirmation'::regclass)"
        )
        dropped = [
            row
            for row in cursor.fetchall()
            if not any(each in row[2] for each in ("(number)", "elsewhere"))
        ]
        for name, table, _definition in dropped:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("DROP INDEX serial_one_current_per_family")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE licensing_serial, licensing_revision CASCADE")
        for name, table, definition in dropped:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "CREATE UNIQUE INDEX serial_one_current_per_family ON licensing_serial "
            "(installation_id, family_id) WHERE is_current"
        )


def meet_between_read_and_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads have read what is current before the first one writes."""
    barrier = threading.Barrier(THREADS)
    read = ledger.read_holdings

    def read_and_wait(*args: Any) -> ledger.Holdings:
        holdings = read(*args)
        barrier.wait(timeout=30)
        return holdings

    monkeypatch.setattr(deciding, "read_holdings", read_and_wait)


@only_postgresql
def test_control_without_lock_and_constraints_the_chain_forks(
    cast: Cast,
    no_lock: None,
    no_constraints: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = cast.site(VS_ES1=1)
    orders = [cast.order_existing(current(site, "VAI"), VS_ES1=1) for _ in range(THREADS)]
    meet_between_read_and_write(monkeypatch)
    at_once([issue(order, cast) for order in orders])
    assert Serial.objects.filter(installation=site, is_current=True).count() == THREADS
    forked = f"Installation {site.reference}: a VAI serial was replaced {THREADS} times."
    assert forked in violations()


@only_postgresql
def test_control_without_the_lock_the_constraints_still_stop_the_fork(
    cast: Cast, no_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = cast.site(VS_ES1=1)
    orders = [cast.order_existing(current(site, "VAI"), VS_ES1=1) for _ in range(THREADS)]
    meet_between_read_and_write(monkeypatch)
    results = at_once([issue(order, cast) for order in orders])
    assert sum(isinstance(result, Order) for result in results) == 1
    assert not violations()


def test_the_same_order_issued_20_times_at_once_is_issued_once(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    order = cast.order_existing(current(site, "VAI"), VS_ES1=1)
    results = at_once([issue(order, cast)] * 20)
    assert {result.revision for result in results} == {Revision.objects.get(number=2)}
    assert Confirmation.objects.filter(revision__number=2).count() == 1
    assert not violations()


def test_a_new_installation_issued_20_times_at_once_is_made_once(cast: Cast) -> None:
    order = cast.order_new(VS_ES1=1)
    results = at_once([issue(order, cast)] * 20)
    assert len({result.installation for result in results}) == 1
    assert Revision.objects.count() == Confirmation.objects.count() == 1
    assert not violations()


@only_postgresql
def test_control_without_the_lock_it_is_issued_more_than_once(
    cast: Cast, no_lock: None, no_constraints: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = cast.site(VS_ES1=1)
    order = cast.order_existing(current(site, "VAI"), VS_ES1=1)
    meet_between_read_and_write(monkeypatch)
    at_once([issue(order, cast)] * THREADS)
    assert Serial.objects.filter(installation=site).count() > 2


def test_the_same_form_sent_20_times_at_once_is_one_order(cast: Cast) -> None:
    submission, lines = uuid.uuid4(), cast.lines(ISS_Expert=1)

    def place() -> Order:
        return actions.place_new(
            company=cast.harbor,
            site_name="Pier 9",
            po_number="4711",
            lines=lines,
            by=cast.buyer,
            submission=submission,
        )

    results = at_once([place] * 20)
    assert set(results) == {Order.objects.get()}


# Units that are there once ------------------------------------------------------------------


def change(
    cast: Cast, site: Installation, action: Action, part: str, quantity: int
) -> Callable[[], Order]:
    """In review: that many units of VS-ES1, which some other order may want as well."""
    products = {name: Product.objects.get(pk=name) for name in (part, "VS-ES1")}
    line = NewLine(products[part], quantity, action, products["VS-ES1"])
    order = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("VAI", current(site, "VAI"))],
        po_number=f"{part} {Order.objects.count()}",
        lines=[line],
        consent=Consent(confirmed=Anything()),
        by=cast.buyer,
        at=NOW,
    )
    return issue(order, cast)


class Anything(frozenset[str]):
    """Says yes to whatever is asked."""

    def __contains__(self, token: object) -> bool:
        return True


CHANGES = pytest.mark.parametrize(
    ("action", "part"), [(Action.UPGRADE, "VS-ADV1"), (Action.RENEW, "VS-ES3")]
)


def unchanged(site: Installation) -> int:
    """Units of the first lot that are there and not renewed."""
    lots = {lot.key: lot for lot in site.lots.held()}
    return lots[site.lots.earliest("pk").pk].not_renewed


@CHANGES
def test_the_same_units_are_changed_once(cast: Cast, action: Action, part: str) -> None:
    """Eight orders at once, each for 2 of 5 units: two are issued, six are refused."""
    site = cast.site(VS_ES1=5)
    results = at_once([change(cast, site, action, part, 2) for _ in range(THREADS)])
    refused = [each for each in results if isinstance(each, OrderRefused)]
    assert [type(each.problems[0]) for each in refused] == [LineProblem] * (THREADS - 2)
    assert Order.objects.filter(state=State.IN_REVIEW).count() == THREADS - 2
    assert unchanged(site) == 1
    assert not violations()


@only_postgresql
@CHANGES
@pytest.mark.usefixtures("no_lock", "no_constraints")
def test_control_without_the_lock_they_are_changed_by_each(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    action: Action,
    part: str,
) -> None:
    site = cast.site(VS_ES1=5)
    calls = [change(cast, site, action, part, 2) for _ in range(THREADS)]
    meet_between_read_and_write(monkeypatch)
    results = at_once(calls)
    assert [each for each in results if not isinstance(each, Order)] == []
    lot = f"Installation {site.reference}: "
    wrong = {
        Action.UPGRADE: f"{lot}a lot of VS-ES1 holds {5 - 2 * THREADS} units.",
        Action.RENEW: f"{lot}of 5 units in a lot of VS-ES1, {2 * THREADS} are renewed.",
    }
    assert wrong[action] in violations()


# One purchase order -------------------------------------------------------------------------


def place(
    cast: Cast, site: Installation, quantity: int = 1, po_number: str = "4711"
) -> Callable[[], Order]:
    serial, lines = current(site, "VAI"), cast.lines(VS_ES3=quantity)
    return lambda: actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("VAI", serial)],
        po_number=po_number,
        lines=lines,
        by=cast.buyer,
        at=NOW,
    )


@pytest.mark.parametrize("auto_issue", [False, True])
def test_one_po_number_placed_at_once_is_one_order(cast: Cast, auto_issue: bool) -> None:
    site = cast.site(VS_ES1=5)
    cast.harbor.auto_issue = auto_issue
    cast.harbor.save()
    results = at_once([place(cast, site, number) for number in range(1, THREADS + 1)])
    refused = [each.problems for each in results if isinstance(each, OrderRefused)]
    assert [type(problem) for (problem,) in refused] == [SamePurchaseOrder] * (THREADS - 1)
    (order,) = Order.objects.filter(po_number="4711")
    assert order.state == ("issued" if auto_issue else "in_review")
    assert not violations()


def meet_behind(
    monkeypatch: pytest.MonkeyPatch, *places: tuple[ModuleType, str], count: int = THREADS
) -> None:
    """All threads have looked, each by one of these, before the first one goes on."""
    barrier = threading.Barrier(count)

    def and_wait(look: Callable[..., Any]) -> Callable[..., Any]:
        def look_and_wait(*args: Any) -> Any:
            found = look(*args)
            barrier.wait(timeout=30)
            return found

        return look_and_wait

    for module, name in places:
        monkeypatch.setattr(module, name, and_wait(getattr(module, name)))


@only_postgresql
def test_control_without_the_lock_it_is_many(
    cast: Cast, no_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [place(cast, cast.site(VS_ES1=5))] * THREADS
    meet_behind(monkeypatch, (placing, "check_guards"))
    at_once(calls)
    assert Order.objects.filter(po_number="4711").count() == THREADS


def waiting(cast: Cast, po_number: str = "4711") -> Order:
    """An order that is held, since its site is not known."""
    return actions.place_existing(
        company=cast.harbor,
        quotes=[],
        po_number=po_number,
        lines=cast.lines(VS_ES1=1),
        consent=Consent(without_serial=True),
        by=cast.buyer,
        at=NOW,
    )


def supply(cast: Cast, order: Order, site: Installation) -> Callable[[], Order]:
    quotes = [Quote("VAI", current(site, "VAI"))]
    return lambda: actions.supply_serial(order, quotes=quotes, by=cast.buyer, at=NOW)


def test_placed_and_supplied_at_once_one_of_them_sees_the_other(cast: Cast) -> None:
    """For each pair with one PO number either the form asks, or sales is told."""
    sites = [cast.site(VS_ES1=5) for _ in range(THREADS // 2)]
    for site in sites:
        order = waiting(cast, site.reference)
        at_once([supply(cast, order, site), place(cast, site, po_number=site.reference)])
        order.refresh_from_db()
        placed = Order.objects.filter(po_number=site.reference).exclude(pk=order.pk)
        assert placed.count() == (1 if order.remarks else 0)


@only_postgresql
def test_control_without_the_lock_neither_sees_the_other(
    cast: Cast, no_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = cast.site(VS_ES1=5)
    order = waiting(cast, site.reference)
    calls = [supply(cast, order, site), place(cast, site, po_number=site.reference)]
    meet_behind(monkeypatch, (placing, "check_guards"), (supplying, "_used_before"), count=2)
    at_once(calls)
    both = Order.objects.filter(po_number=site.reference)
    assert [order.remarks for order in both] == [[], []]


# One held order -----------------------------------------------------------------------------


def test_a_held_order_that_is_supplied_many_times_at_once_is_issued_once(cast: Cast) -> None:
    sites = [cast.site(VS_ES1=5) for _ in range(2)]
    cast.harbor.auto_issue = True
    cast.harbor.save()
    order = waiting(cast)
    results = at_once([supply(cast, order, sites[number % 2]) for number in range(THREADS)])
    refused = [each.problems for each in results if isinstance(each, OrderRefused)]
    assert [type(problem) for (problem,) in refused] == [MoveNotPossible] * (THREADS - 1)
    assert order.events.filter(to_state="issued").count() == 1
    assert Serial.objects.filter(generation=2).count() == 1
    assert not violations()


def test_supplied_and_canceled_at_once_it_is_one_of_both(cast: Cast) -> None:
    site = cast.site(VS_ES1=5)
    cast.harbor.auto_issue = True
    cast.harbor.save()
    orders = [waiting(cast, str(number)) for number in range(THREADS // 2)]
    cancels = [partial(actions.cancel, order, by=cast.buyer) for order in orders]
    supplies = [supply(cast, order, site) for order in orders]
    results = at_once([call for pair in zip(cancels, supplies, strict=True) for call in pair])
    assert sum(isinstance(each, OrderRefused) for each in results) == len(orders)
    for order in orders:
        trail = list(order.events.values_list("to_state", flat=True))
        assert trail in (["held", "issued"], ["held", "canceled"])
        assert Order.objects.get(pk=order.pk).state == trail[-1]
    assert not violations()


@only_postgresql
def test_control_without_the_lock_it_is_both(
    cast: Cast, no_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = cast.site(VS_ES1=5)
    order = waiting(cast)

    def look_while_it_is_canceled(*args: Any, **kwargs: Any) -> Any:
        found = resolve(*args, **kwargs)
        at_once([partial(actions.cancel, order, by=cast.buyer)])
        return found

    monkeypatch.setattr(supplying, "resolve", look_while_it_is_canceled)
    supply(cast, order, site)()
    trail = order.events.values_list("to_state", flat=True)
    assert list(trail) == ["held", "canceled", "in_review"]
