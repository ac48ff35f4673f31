"""`send_notices` on several machines at once: real threads, real transactions.

Beside it the negative controls: with the lock off the constraints still stop the second mail;
with both off it is sent.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models

from licensing.models import Family
from notifications.models import Notice, NoticeMail, NoticeRun
from notifications.notices import sending
from notifications.notices.runs import send_notices
from outbox.models import Message
from tests.cast import NOW, Cast
from tests.notifications.many_lots import make_lots
from tests.threads import at_once, only_postgresql

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
RUNS = 4


def run_together() -> list[NoticeRun]:
    results = at_once([lambda: send_notices(at=NOW)] * RUNS + [lambda: None] * (8 - RUNS))
    return [run for run in results if run is not None]


def test_four_runs_at_once_send_each_notice_once(cast: Cast) -> None:
    make_lots(cast, 250, NOW.date())
    runs = run_together()
    assert [run.failures for run in runs] == [0] * RUNS
    told = Counter(Notice.objects.values_list("lot", "address", "step"))
    assert told
    assert set(told.values()) == {1}
    mails = Message.objects.count()
    assert mails == NoticeMail.objects.count() == sum(run.mails for run in runs) == 10
    [later] = [send_notices(at=NOW + dt.timedelta(hours=1))]
    assert later.mails == 0


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs have read what was told before the first one writes."""
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **_: rows)
    barrier, read = threading.Barrier(RUNS), sending._read
    under_lock = threading.local()

    def read_and_wait(*args: Any) -> Any:
        sites = read(*args)
        under_lock.times = getattr(under_lock, "times", 0) + 1
        if under_lock.times == 2:  # the first one looks at everything
            barrier.wait(timeout=30)
        return sites

    monkeypatch.setattr(sending, "_read", read_and_wait)


@pytest.fixture
def no_constraints() -> Iterator[None]:
    tables = {
        "notice_once": "notifications_notice",
        "notice_mail_once_a_day": "notifications_noticemail",
    }
    columns = {
        "notice_once": "lot_id, address, step",
        "notice_mail_once_a_day": "installation_id, about, address, day",
    }
    with connection.cursor() as cursor:
        for name, table in tables.items():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE notifications_noticemail CASCADE")
        for name, table in tables.items():
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns[name]})")


@pytest.fixture
def one_site(cast: Cast) -> None:
    Family.objects.update(asks_changeover=False)
    make_lots(cast, 25, NOW.date(), ["UTC"])


@only_postgresql
def test_control_without_the_lock_the_constraints_stop_the_second_mail(
    one_site: None, no_lock: None
) -> None:
    runs = run_together()
    assert sorted(run.mails for run in runs) == [0, 0, 0, 1]
    assert sorted(run.failures for run in runs) == [0, 1, 1, 1]
    assert Message.objects.count() == 1


@only_postgresql
def test_control_without_lock_and_constraints_each_run_sends_it(
    one_site: None, no_constraints: None, no_lock: None
) -> None:
    assert [run.mails for run in run_together()] == [1] * RUNS
    assert Message.objects.count() == RUNS
