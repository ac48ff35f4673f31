"""What becomes of a claimed mail: sent, tried again, given up."""

import logging
import smtplib
from datetime import UTC, datetime, timedelta

import pytest

from companies.models import User
from outbox import actions
from outbox.models import Message
from outbox.transports import SMTP_TIMEOUT, Refused
from tests.outbox.conftest import mail

pytestmark = pytest.mark.django_db
START = datetime(2031, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SALES = User(email="sales@vendor.example", is_staff=True, is_superuser=True)


class Desk:
    """A transport that takes everything, or raises."""

    def __init__(self, problem: Exception | None) -> None:
        self.problem = problem

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        if self.problem:
            raise self.problem

    def close(self) -> None:
        pass


def queue_one(record: str = "R1") -> Message:
    [message] = actions.queue([mail()], record=record)
    Message.objects.update(due_at=START)
    return message


def deliver(problem: Exception | None, at: datetime = START) -> Message:
    message = actions.claim(at)
    assert message is not None
    actions.deliver(message, Desk(problem), at)
    message.refresh_from_db()
    return message


def test_a_claimed_mail_is_nobody_elses_until_the_lease_is_over() -> None:
    queue_one()
    first = actions.claim(START)
    assert first is not None
    first.refresh_from_db()
    assert (first.state, first.attempts) == ("sending", 1)
    assert actions.claim(START + actions.LEASE - SECOND) is None
    second = actions.claim(START + actions.LEASE)
    assert second is not None
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.claim != first.claim


def test_the_most_overdue_mail_comes_first() -> None:
    late, later, not_yet = actions.queue([mail(), mail(), mail()], record="R1")
    for message, wait in ((late, 1), (later, 0), (not_yet, 3)):
        Message.objects.filter(pk=message.pk).update(due_at=START + wait * HOUR)
    claims = [actions.claim(START + 2 * HOUR) for _ in range(3)]
    assert claims == [later, late, None]


def test_the_lease_outlives_a_slow_conversation() -> None:
    """With NOOP, TLS and log-in an SMTP client waits for at most 15 answers per mail."""
    assert actions.LEASE.total_seconds() > 15 * SMTP_TIMEOUT


@pytest.mark.parametrize("outcome", [None, OSError("dropped"), Refused("550 no")])
def test_a_worker_that_lost_its_lease_changes_nothing(outcome, caplog) -> None:
    queue_one()
    slow = actions.claim(START)
    fast = actions.claim(START + actions.LEASE)
    before = Message.objects.values().get()
    caplog.set_level(logging.INFO)
    actions.deliver(slow, Desk(outcome), START + actions.LEASE)
    assert Message.objects.values().get() == before
    assert caplog.text.strip().endswith("but the lease was over")
    actions.deliver(fast, Desk(None), START + actions.LEASE)
    assert Message.objects.get().state == "sent"


def test_a_record_is_kept_and_a_private_mail_erased_once_sent() -> None:
    record = queue_one("R1")
    sent = deliver(None, START)
    assert (sent.state, sent.sent_at, sent.claim) == ("sent", START, None)
    assert bytes(sent.raw) == record.raw
    queue_one("")
    assert deliver(None, START).raw is None


def test_a_temporary_error_keeps_a_private_mail() -> None:
    private = queue_one("")
    assert bytes(deliver(OSError("no route")).raw) == private.raw


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(ConnectionRefusedError("refused"), id="refused-connection"),
        pytest.param(TimeoutError("timed out"), id="timeout"),
        pytest.param(smtplib.SMTPServerDisconnected("dropped"), id="dropped"),
        pytest.param(ValueError("our own bug"), id="bug"),
    ],
)
def test_a_temporary_error_is_tried_again(problem: Exception) -> None:
    queue_one()
    message = deliver(problem)
    assert (message.state, message.claim) == ("queued", None)
    assert message.last_error == f"{type(problem).__name__}: {problem}"
    assert 24 * SECOND <= message.due_at - START <= 36 * SECOND
    assert deliver(None, message.due_at).last_error == ""


@pytest.mark.parametrize("luck", [0.8, 1.2])
def test_tries_double_their_distance_and_last_more_than_two_days(luck, monkeypatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: luck)
    message = queue_one()
    at, waits = START, []
    while message.state != "failed":
        message = deliver(OSError("away"), at)
        waits.append((message.due_at - at) / luck)
        at = message.due_at
    assert waits[:8] == [30 * 2**n * SECOND for n in range(7)] + [HOUR]
    assert set(waits[7:-1]) == {HOUR}
    assert message.attempts == actions.MAX_TRIES
    assert sum(waits[:-1], timedelta()) * luck > 2 * DAY
    assert actions.claim(START + 30 * DAY) is None


def test_a_refused_mail_fails_at_once_and_can_be_tried_again() -> None:
    queue_one()
    message = deliver(Refused("550 No such user\0\udc80"))
    assert (message.state, message.last_error) == ("failed", "550 No such user?")
    assert actions.claim(START + DAY) is None
    assert actions.retry(message, by=SALES, at=START + DAY)
    assert not actions.retry(message, by=SALES, at=START + DAY)
    assert actions.claim(START + DAY - SECOND) is None
    sent = deliver(None, START + DAY)
    assert (sent.state, sent.attempts) == ("sent", 1)


def test_a_failed_mail_says_since_when_and_why() -> None:
    queue_one()
    assert Message.objects.undealt().count() == 0
    failed = deliver(Refused("550 no", address=True))
    assert (failed.failed_at, failed.failed_for, failed.is_task) == (START, "address", True)
    assert Message.objects.undealt().get() == failed
    Message.objects.update(state="queued", failed_at=None, failed_for="", attempts=69)
    given_up = deliver(OSError("away"), START + DAY)
    assert (given_up.failed_at, given_up.failed_for) == (START + DAY, "tries")


def test_a_failed_mail_is_dealt_with_once_and_by_whom() -> None:
    message = queue_one()
    assert not actions.deal_with(message, by=SALES, at=START, note="Too early.")
    deliver(Refused("550 no"))
    assert actions.deal_with(message, by=SALES, at=START + HOUR, note="Called Ann.")
    other = User(email="other@vendor.example", is_staff=True, is_superuser=True)
    assert not actions.deal_with(message, by=other, at=START + DAY, note="So did I.")
    message.refresh_from_db()
    assert (message.dealt_with_by, message.dealt_with_at, message.dealt_with_note) == (
        "sales@vendor.example",
        START + HOUR,
        "Called Ann.",
    )
    assert not message.is_task
    assert not Message.objects.undealt().exists()
    assert actions.retry(message, by=SALES, at=START + DAY)  # another try makes it open again
    assert deliver(Refused("550 no"), START + DAY).is_task


def test_one_line_is_logged_without_addresses_or_content(caplog) -> None:
    message = queue_one()
    caplog.set_level(logging.INFO)
    at = deliver(smtplib.SMTPDataError(451, b"ann@dealer.example is busy")).due_at
    deliver(None, at)
    claimed, first, _claimed, second = caplog.records
    assert [line.getMessage() for line in (claimed, first, second)] == [
        "mail claimed",
        "mail put off",
        "mail sent",
    ]
    assert (claimed.message_id, claimed.attempt) == (message.message_id, 1)
    assert first.message_id == second.message_id == message.message_id
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.error, first.next_try) == ("SMTPDataError", at.isoformat(timespec="seconds"))
    assert "busy" not in str([vars(record) for record in caplog.records])
