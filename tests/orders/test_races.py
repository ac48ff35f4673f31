"""Many at once, with real threads and real transactions.

Each race stands beside a negative control: with the guard off, in that test only, the
race happens.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, models
from django.db.utils import DatabaseError

from licensing import actions as ledger
from licensing.models import Revision, Serial
from notifications.models import Confirmation
from orders import actions, issuing
from orders.models import Order
from tests.cast import Cast, current
from tests.licensing.invariants import violations

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8

only_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'",
    reason="SQLite has one writer at a time; the race can't be shown there",
)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results or DatabaseErrors of all calls, shared out among the threads."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except DatabaseError as error:
            return error

    def close() -> None:
        barrier.wait()  # every thread closes its own connection, not one thread eight
        connection.close()

    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, calls))
        list(pool.map(lambda _: close(), range(THREADS)))
    return results


def issue(order: Order, cast: Cast) -> Callable[[], Order]:
    return lambda: actions.issue(order, by=cast.sales)


def test_many_orders_against_one_serial_make_one_chain(cast: Cast) -> None:
    """Each quotes the same serial; issued by 8 threads, each replaces what is current then.

    8 × 100 on PostgreSQL. SQLite lets one thread in at a time, and not in turn: 8 × 5.
    """
    count = THREADS * (100 if connection.vendor == "postgresql" else 5)
    site = cast.site(VS_ES1=1)
    quoted = current(site, "VAI")
    orders = [cast.order_existing(quoted, VS_ES1=n) for n in range(1, count + 1)]
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
            row for row in cursor.fetchall() if "(number)" not in row[2] and "lookup" not in row[2]
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

    monkeypatch.setattr(issuing, "read_holdings", read_and_wait)


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
