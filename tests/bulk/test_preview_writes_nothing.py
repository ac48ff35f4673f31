"""A preview decides from what it reads: it writes only its own record, and waits for no lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from licensing.models import Installation
from orders.bulk import actions, deciding
from orders.models import Order
from orders.models.bulk import BulkUpload
from tests.bulk.uploads import Desk, Row, decided, existing, finish, place, row
from tests.cast import Cast, current
from tests.dump import READS, WRITES
from tests.threads import only_postgresql

OWN = {"orders_bulkorder", "orders_bulkupload"}


def one_of_each(site: Installation) -> list[Row]:
    """An order for a new site, one that replaces a serial, one that is held, and a refused one."""
    return [
        row("PO-1", site_name="Pier 9"),
        existing("PO-2", current(site, "VAI"), part_number="VS-ES1"),
        existing("PO-3", ""),
        row("PO-4", site_name="PIER 9"),
    ]


STATUSES = ["issued", "issued", "held", "refused"]


def statements(upload: BulkUpload) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        finish(upload)
    return [query["sql"] for query in captured]


def test_no_table_but_its_own_is_written_and_no_other_row_is_locked(cast: Cast, desk: Desk) -> None:
    upload = desk.upload(*one_of_each(cast.site(ISS_Expert=1, VS_ES1=1)))
    said = statements(upload)
    written = [WRITES.match(sql) for sql in said if not READS.match(sql)]
    assert {table[1] if table else "?" for table in written} == OWN
    locked = [sql for sql in said if "FOR UPDATE" in sql or "FOR NO KEY UPDATE" in sql]
    assert [sql for sql in locked if '"orders_bulkorder"' not in sql] == []
    assert [status for status, _ in decided(upload)] == STATUSES


@only_postgresql
def test_no_number_of_a_sequence_is_used_up(cast: Cast, desk: Desk) -> None:
    upload = desk.upload(*one_of_each(cast.site(ISS_Expert=1, VS_ES1=1)))
    before = sequences()
    finish(upload)
    assert sequences() == before
    place(upload)
    assert sequences() != before


def sequences() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences")
        return dict(cursor.fetchall())


def test_many_orders_are_previewed_by_as_many_statements_as_a_few(cast: Cast, desk: Desk) -> None:
    """Apart from new sites, where each looks for similar names."""
    counts = [len(statements(desk.upload(*orders_for(cast, number)))) for number in (2, 9)]
    assert counts[0] == counts[1]


def orders_for(cast: Cast, number: int) -> list[Row]:
    found = []
    for at in range(number):
        site = cast.site(VS_ES1=1)
        site.site_name = f"Site {number}-{at}"
        site.save()
        quoted = current(site, "VAI")
        found.append(existing(f"PO-{number}-{at}", quoted, part_number="VS-ES1", quantity=5))
    return found


# Locks ------------------------------------------------------------------------------------


@contextmanager
def locked_by_another(*rows: Any) -> Iterator[None]:
    """Another connection holds these rows, and this one waits a moment for a lock, not for ever."""
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                for each in rows:
                    type(each)._base_manager.select_for_update(no_key=True).get(pk=each.pk)
                holds.set()
                done.wait()
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    try:
        yield
    finally:
        done.set()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_it_waits_for_no_company_and_no_site(cast: Cast, desk: Desk) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    upload = desk.upload(*one_of_each(site))
    with locked_by_another(cast.harbor, site):
        finish(upload)
    assert [status for status, _ in decided(upload)] == STATUSES


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_order_for_a_known_site_waits_for_that_site_alone(cast: Cast, desk: Desk) -> None:
    site = cast.site(VS_ES1=1)
    first, second = (
        desk.preview(existing(po, current(site, "VAI"), part_number="VS-ES1", quantity=n))
        for n, po in enumerate(("PO-1", "PO-2"), start=2)
    )
    with locked_by_another(cast.harbor):
        assert place(first).tally == {"issued": 1}
    with locked_by_another(site), pytest.raises(OperationalError):
        place(second)


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_order_for_a_new_site_takes_the_companys_lock_last(cast: Cast, desk: Desk) -> None:
    """Behind it is only the question that it protects, and the commit."""
    upload = actions.place(desk.preview(row("PO-1", site_name="Pier 9")), by=cast.buyer)
    said = statements(upload)
    lock = next(at for at, sql in enumerate(said) if is_lock(sql))
    behind = said[lock + 1 : said.index("COMMIT", lock)]
    assert len(behind) == 1
    assert [sql for sql in behind if not sql.startswith("SELECT")] == []


def is_lock(sql: str) -> bool:
    return sql.endswith("FOR NO KEY UPDATE") and '"companies_company"' in sql


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_go_on_at_once_take_different_orders(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each looks at its first order before one of them places any."""
    upload = desk.preview(*(row(f"PO-{n}", site_name=f"Site {n}") for n in range(30)))
    actions.place(upload, by=upload.by)
    meet = threading.Barrier(2)
    first: dict[int, int] = {}  # its position, by the thread
    decide = deciding.decide

    def decide_together(order: Any, *more: Any) -> Any:
        thread = threading.get_ident()
        if thread not in first:
            first[thread] = order.position
            meet.wait(timeout=30)
        return decide(order, *more)

    monkeypatch.setattr(actions, "decide", decide_together)
    run_both(lambda: finish(BulkUpload.objects.select_related("company", "by").get()))
    assert sorted(first.values()) == [1, 11]
    assert Order.objects.count() == 30


def run_both(step: Callable[[], object]) -> None:
    def run() -> None:
        try:
            step()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
