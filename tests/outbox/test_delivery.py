"""A claimed mail is sent, tried again, or given up."""

import logging
import smtplib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from companies.models import User
from outbox import actions, watch
from outbox.answers import Fault
from outbox.models import Message, PrivateContent
from outbox.transports import SMTP_TIMEOUT, Refused
from tests.outbox.sample_mail import mail

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
    message = deliver_claimed(problem, at)
    message.refresh_from_db()
    return message


def deliver_claimed(problem: Exception | None, at: datetime) -> Message:
    [message] = actions.claim(at, most=1)
    actions.deliver(message, Desk(problem), at)
    return message


def test_a_claimed_mail_is_nobody_elses_until_the_lease_is_over() -> None:
    queue_one()
    [first] = actions.claim(START)
    first.refresh_from_db()
    assert (first.state, first.attempts) == ("sending", 1)
    assert actions.claim(START + actions.LEASE - SECOND) == []
    [second] = actions.claim(START + actions.LEASE)
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.claim != first.claim


def test_the_most_overdue_mail_comes_first() -> None:
    late, later, not_yet = actions.queue([mail(), mail(), mail()], record="R1")
    for message, wait in ((late, 1), (later, 0), (not_yet, 3)):
        Message.objects.filter(pk=message.pk).update(due_at=START + wait * HOUR)
    assert actions.claim(START + 2 * HOUR, most=1) == [later]
    assert actions.claim(START + 2 * HOUR) == [late]


def test_the_lease_outlives_a_slow_conversation() -> None:
    """With NOOP, TLS and log-in an SMTP client waits for at most 15 answers per mail, and for two
    more if the server ended the connection of the mail before. A mail is begun soon."""
    longest = timedelta(seconds=17 * SMTP_TIMEOUT) + actions.BATCH_LASTS
    assert longest < actions.LEASE


@pytest.mark.parametrize(
    "outcome", [None, OSError("dropped"), Refused("550 no", fault=Fault.CONTENT)]
)
def test_a_worker_that_lost_its_lease_changes_nothing(
    outcome: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    queue_one()
    [slow] = actions.claim(START)
    [fast] = actions.claim(START + actions.LEASE)
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
    assert actions.content_of(sent) == record.raw
    queue_private(DAY)
    deliver(None, START)
    assert not PrivateContent.objects.exists()


def test_a_temporary_error_keeps_a_private_mail() -> None:
    raw = actions.content_of(queue_private(DAY))
    assert actions.content_of(deliver(OSError("no route"))) == raw


def test_many_are_claimed_by_one_statement_and_each_is_noted_by_one() -> None:
    """Found and claimed together. Where private mail is kept costs nothing."""
    actions.queue([mail() for _ in range(7)], record="R1")
    Message.objects.update(due_at=START)
    with CaptureQueriesContext(connection) as statements:
        for message in actions.claim(START):
            actions.deliver(message, Desk(None), START)
    kinds = [each["sql"].split()[0] for each in statements]
    kinds = [kind for kind in kinds if kind in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    assert kinds == ["SELECT", "UPDATE", *["UPDATE"] * 7]
    assert Message.objects.filter(state="sent").count() == 7


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such setting")
def test_only_an_answer_is_noted_without_waiting_for_the_disk() -> None:
    """A claim that a crash took back would send a whole batch once more, at once."""
    queue_one("R1")
    with CaptureQueriesContext(connection) as statements:
        deliver_claimed(None, START)
    at_ease = ["synchronous_commit" in each["sql"] for each in statements]
    assert at_ease == [False] * (len(at_ease) - 1) + [True]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite does not say what it read")
def test_a_claim_reads_what_it_claims_however_much_waits() -> None:
    """Also before PostgreSQL has counted what waits."""
    actions.queue([mail(body="x") for _ in range(500)], record="R1")
    Message.objects.update(due_at=START)
    before = rows_read()
    assert len(actions.claim(START, most=5)) == 5
    assert rows_read() - before <= 20


def rows_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'outbox_message'"
        )
        return int(cursor.fetchone()[0])


def test_what_a_dead_worker_left_is_claimed_alone() -> None:
    """One of them may be what it died of, and takes no other with it."""
    left = actions.queue([mail() for _ in range(3)], record="R1")
    Message.objects.update(due_at=START)
    assert actions.claim(START) == left
    fresh = actions.queue([mail(), mail()], record="R1")
    late = START + actions.LEASE
    Message.objects.filter(state="queued").update(due_at=late)
    claims = [actions.claim(late) for _ in range(5)]
    assert claims == [*([message] for message in left), fresh, []]


def test_what_was_claimed_and_not_tried_can_be_given_back() -> None:
    first, *rest = actions.queue([mail() for _ in range(3)], record="R1")
    before = list(Message.objects.exclude(pk=first.pk).order_by("pk").values())
    at = timezone.now()
    claimed = actions.claim(at)
    actions.give_back(claimed[1:])
    assert list(Message.objects.exclude(pk=first.pk).order_by("pk").values()) == before
    assert actions.claim(at) == rest
    actions.give_back(claimed[1:])  # they are another worker's now
    assert Message.objects.filter(state="sending").count() == 3


# Private mail is of use for a while ------------------------------------------------------


def queue_private(life: timedelta) -> Message:
    letter = mail()
    actions.ends(letter, START + life)
    [message] = actions.queue([letter])
    Message.objects.update(due_at=START)
    return message


def is_erased(message: Message) -> bool:
    message.refresh_from_db()
    return not PrivateContent.objects.exists() and message.raw is None


def test_what_is_over_is_never_sent(caplog: pytest.LogCaptureFixture) -> None:
    message = queue_private(HOUR)
    assert actions.claim(START + HOUR) == []
    assert actions.expire(START + HOUR - SECOND) == 0
    assert actions.expire(START + HOUR) == 1
    assert actions.expire(START + HOUR) == 0
    assert is_erased(message)
    assert message.state == "expired"
    assert actions.claim(START + DAY) == []
    assert [
        vars(line)["mails"] for line in caplog.records if line.getMessage() == "mail expired"
    ] == [1]


def test_failed_private_mail_is_tried_again_while_it_is_of_use_and_erased_then() -> None:
    message = queue_private(DAY)
    assert deliver(Refused("550 no", fault=Fault.ADDRESS), START).state == "failed"
    assert actions.retry(message, by=SALES, at=START + HOUR)
    assert deliver(Refused("550 no", fault=Fault.ADDRESS), START + HOUR).state == "failed"
    assert not actions.retry(message, by=SALES, at=START + DAY)  # it is not erased yet
    assert actions.expire(START + DAY) == 1
    assert is_erased(message)
    assert not actions.retry(message, by=SALES, at=START + DAY)
    # Why it failed is still told; it is no task.
    assert (message.state, message.failed_for, message.is_task) == ("expired", "address", False)


def test_failed_private_mail_that_was_dealt_with_is_erased_all_the_same() -> None:
    message = queue_private(DAY)
    deliver(Refused("550 no", fault=Fault.CONTENT), START)
    actions.deal_with(message, by=SALES, at=START, note="Called.")
    assert actions.expire(START + DAY) == 1
    assert is_erased(message)
    assert message.dealt_with_note == "Called."


def test_a_mail_that_a_worker_has_in_hand_is_left_to_it() -> None:
    message = queue_private(SECOND)
    [in_hand] = actions.claim(START)
    assert actions.expire(START + HOUR / 10) == 0
    actions.deliver(in_hand, Desk(None), START)
    assert is_erased(message)
    assert message.state == "sent"


def test_a_mail_that_a_dead_worker_had_expires_with_its_lease() -> None:
    message = queue_private(SECOND)
    assert actions.claim(START) == [message]
    assert actions.expire(START + actions.LEASE) == 1
    assert is_erased(message)
    assert (message.state, message.claim) == ("expired", None)


def test_a_record_never_ends() -> None:
    message = queue_one("R1")
    assert actions.expire(START + 9999 * DAY) == 0
    assert actions.claim(START + 9999 * DAY) == [message]


def test_the_worker_erases_what_is_over_before_it_sends(tmp_path: Path, settings: Settings) -> None:
    settings.MAIL_URL = tmp_path.as_uri()
    over, useful = mail(subject="Over"), mail(subject="Useful")
    actions.ends(over, timezone.now() - SECOND)
    messages = actions.queue([over, useful])
    call_command("deliver_mail", once=True)
    states = dict(Message.objects.values_list("pk", "state"))
    assert [states[each.pk] for each in messages] == ["expired", "sent"]
    assert not PrivateContent.objects.exists()


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
def test_tries_double_their_distance_and_last_more_than_two_days(
    luck: float, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert actions.claim(START + 30 * DAY) == []


def test_a_refused_mail_fails_at_once_and_can_be_tried_again() -> None:
    queue_one()
    message = deliver(Refused("550 No such user\0\udc80", fault=Fault.CONTENT))
    assert (message.state, message.last_error) == ("failed", "550 No such user?")
    assert actions.claim(START + DAY) == []
    assert actions.retry(message, by=SALES, at=START + DAY)
    assert not actions.retry(message, by=SALES, at=START + DAY)
    assert actions.claim(START + DAY - SECOND) == []
    sent = deliver(None, START + DAY)
    assert (sent.state, sent.attempts) == ("sent", 1)


@pytest.mark.parametrize("luck", [0.8, 1.2])
def test_a_server_that_takes_no_mail_from_us_is_asked_six_times_in_two_days(
    luck: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: luck)
    queue_one()
    assert deliver(OSError("away")).refusals == 0  # what came before is no refusal
    message, at, waits = Message.objects.get(), START + HOUR, []
    while message.state != "failed":
        message = deliver(Refused("550 5.4.5 Daily limit", fault=Fault.POLICY), at)
        waits.append((message.due_at - at) / luck)
        at = message.due_at
    assert waits[:-1] == [HOUR, 3 * HOUR, 8 * HOUR, 12 * HOUR, DAY]
    assert sum(waits[:-1], timedelta()) == 2 * DAY
    assert (message.failed_for, message.attempts) == ("policy", 7)
    assert actions.retry(message, by=SALES, at=at)
    assert deliver(Refused("550 5.4.5 Daily limit", fault=Fault.POLICY), at).refusals == 1


def test_staff_are_told_at_the_first_refusal_of_mail_from_us() -> None:
    queue_one()
    Message.objects.update(queued_at=START)
    deliver(Refused("554 5.7.1 Relay access denied", fault=Fault.POLICY))
    queue = watch.measure(START)
    assert (queue.refused, queue.is_late, queue.is_well) == (1, False, False)
    assert watch.claim_news(queue) is watch.News.STUCK
    Message.objects.update(state="queued", claim=None)
    deliver(None, START + DAY)
    assert watch.measure(START + DAY).refused == 0


def test_a_full_mailbox_is_tried_for_two_days_and_then_is_the_address_s_fault() -> None:
    queue_one()
    message, at = Message.objects.get(), START
    while message.state != "failed":
        message = deliver(Refused("552 5.2.2 Full", fault=Fault.MAILBOX_FULL), at)
        at = message.due_at
    assert at - START > 2 * DAY * 0.99
    assert (message.failed_for, message.attempts) == ("address", actions.MAX_TRIES)


def test_a_failed_mail_says_since_when_and_why() -> None:
    queue_one()
    assert Message.objects.undealt().count() == 0
    failed = deliver(Refused("550 no", fault=Fault.ADDRESS))
    assert (failed.failed_at, failed.failed_for, failed.is_task) == (START, "address", True)
    assert Message.objects.undealt().get() == failed
    Message.objects.update(state="queued", failed_at=None, failed_for="", attempts=69)
    given_up = deliver(OSError("away"), START + DAY)
    assert (given_up.failed_at, given_up.failed_for) == (START + DAY, "tries")


def test_a_failed_mail_is_dealt_with_once_and_by_whom() -> None:
    message = queue_one()
    assert not actions.deal_with(message, by=SALES, at=START, note="Too early.")
    deliver(Refused("550 no", fault=Fault.CONTENT))
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
    assert deliver(Refused("550 no", fault=Fault.CONTENT), START + DAY).is_task


def test_one_line_is_logged_without_addresses_or_content(caplog: pytest.LogCaptureFixture) -> None:
    message = queue_one()
    caplog.set_level(logging.INFO)
    at = deliver(smtplib.SMTPDataError(451, b"ann@dealer.example is busy")).due_at
    deliver(None, at)
    facts = ("msg", "message_id", "attempt", "error", "next_try")
    claimed, first, _claimed, second = (
        [vars(line).get(name) for name in facts] for line in caplog.records
    )
    assert vars(caplog.records[0])["mails"] == 1
    number, again = message.message_id, at.isoformat(timespec="seconds")
    assert claimed[0] == "mail claimed"
    assert first == ["mail put off", number, 1, "SMTPDataError", again]
    assert second[:3] == ["mail sent", number, 2]
    assert "busy" not in str([vars(record) for record in caplog.records])
