"""Two workers never claim the same mail, and what would happen if nothing stopped them."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from outbox import actions
from outbox.models import Message, MessageQuerySet
from tests.outbox.sample_mail import mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


@pytest.fixture
def meet_after_reading(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Two threads wait for each other between reading rows and claiming them.

    SQLite lets only one of them in; that one stops waiting after a moment, and how long the
    moment is changes nothing in the outcome.
    """
    barrier = threading.Barrier(2, timeout=2 if connection.vendor == "sqlite" else 30)
    lease = actions._lease

    def lease_later(messages: list[Message], at: datetime) -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait()
        lease(messages, at)

    monkeypatch.setattr(actions, "_lease", lease_later)
    return barrier


def claims_of_two_threads() -> list[Message]:
    at = timezone.now()
    claims = in_threads(2, lambda: actions.claim(at, most=2))
    return [message for claimed in claims for message in claimed]


def test_one_of_two_workers_gets_the_mail(meet_after_reading: threading.Barrier) -> None:
    actions.queue([mail()])
    assert len(claims_of_two_threads()) == 1


def test_two_workers_get_mails_of_their_own(meet_after_reading: threading.Barrier) -> None:
    messages = actions.queue([mail() for _ in range(4)])
    claimed = Counter(message.pk for message in claims_of_two_threads())
    assert claimed == Counter(each.pk for each in messages)
    neither_waited_for_the_other = not meet_after_reading.broken
    assert neither_waited_for_the_other is (connection.vendor == "postgresql")


def test_without_the_lock_both_would_get_it(
    meet_after_reading: threading.Barrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MessageQuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(transaction, "atomic", lambda **_: nullcontext())
    [message] = actions.queue([mail()])
    assert claims_of_two_threads() == [message, message]


def test_many_workers_share_a_queue() -> None:
    messages = actions.queue([mail() for _ in range(40)])
    at = timezone.now()

    def claim_all() -> list[int]:
        batches = iter(lambda: actions.claim(at, most=3), [])
        return [message.pk for batch in batches for message in batch]

    claims = Counter(pk for claimed in in_threads(4, claim_all) for pk in claimed)
    assert claims == Counter(message.pk for message in messages)
