"""Writers of letters and workers are killed between any two steps, and no mail is lost or wrong."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from notifications.confirmation import writing
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.letters import write
from notifications.models import Confirmation, ConfirmationCopy, LetterTries
from outbox.actions import claim, content_of, database_time, deliver
from outbox.models import Message
from tests.cast import Cast
from tests.letters import write_letters
from tests.licensing.invariants import violations
from tests.outbox.processes import Process, surroundings
from tests.threads import THREADS, at_once, only_postgresql
from texts.as_json import from_json

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


class Arrived:
    """A mail server, as the worker sees it."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        self.mails.append(raw)

    def close(self) -> None:
        pass


def killed_at(step: str, *command: str) -> None:
    """Runs a process until the step, where it dies without a warning."""
    program = [sys.executable, "-m", "tests.notifications.dying", step, *command]
    with ExitStack() as stack:
        process = Process(program, **surroundings("file:///nowhere", ""))
        stack.callback(process.end)
        said = process.remaining_lines()
        assert process.wait() == -signal.SIGKILL, said


def later() -> None:
    """Waits and leases are over."""
    past = timezone.now() - timedelta(hours=1)
    LetterTries.objects.update(begun_at=past)
    Message.objects.filter(state__in=["queued", "sending"]).update(due_at=past)


def send_all() -> list[bytes]:
    arrived = Arrived()
    while messages := claim(database_time()):
        for message in messages:
            deliver(message, arrived, database_time())
    return arrived.mails


def is_whole() -> bool:
    """Every letter is written once, and each of its mails was sent as it will ever be sent."""
    mails = send_all()
    kept = [content_of(message) for message in Message.objects.order_by("pk")]
    assert sorted(mails) == sorted(kept)
    assert not Message.objects.exclude(state="sent").exists()
    assert not violations()
    return ConfirmationCopy.objects.count() == Confirmation.objects.count() == 1


LOST = ["begun", "drawn", "copied", "given to its mails"]


@pytest.mark.siege
@pytest.mark.parametrize("step", LOST)
def test_a_writer_that_is_killed_before_it_kept_the_letter_loses_nothing(
    cast: Cast, step: str
) -> None:
    cast.issue(cast.order_new(ISS_Expert=1))
    killed_at(step, "write_letters", "--once")
    # Nothing of it is there but that it was tried, which is seen, and nothing is sent
    assert not ConfirmationCopy.objects.exists()
    assert LetterTries.objects.get().tries == 1
    assert Client().get("/health/").json()["letters"]["missing"] == 1
    assert send_all() == []
    # Another one leaves it alone at first, for the one that tried may be at it still
    assert write_letters() == 0
    later()
    assert write_letters() == 1
    assert not LetterTries.objects.exists()
    assert is_whole()


@pytest.mark.siege
def test_control_without_the_transaction_the_copy_is_kept_and_its_mails_know_nothing(
    cast: Cast,
) -> None:
    cast.issue(cast.order_new(ISS_Expert=1))
    killed_at("copied", "--halved", "write_letters", "--once")
    assert ConfirmationCopy.objects.count() == 1
    assert Message.objects.undrawn().count() == 1


def test_a_writer_that_is_killed_after_it_kept_the_letter_has_done_all(cast: Cast) -> None:
    cast.issue(cast.order_new(ISS_Expert=1))
    killed_at("kept", "write_letters", "--once")
    assert write_letters() == 0
    assert is_whole()


@pytest.mark.siege
@pytest.mark.parametrize("step", ["asked for by a mail", "begun", "copied", "put together"])
def test_a_worker_that_is_killed_with_a_letter_in_hand_leaves_it_to_another(
    cast: Cast, step: str
) -> None:
    """No writer runs, so the worker that sends the mail has its letter written."""
    cast.issue(cast.order_new(ISS_Expert=1))
    later()
    killed_at(step, "deliver_mail", "--once")
    assert Message.objects.get().state == "sending"
    assert send_all() == []
    later()
    assert is_whole()


def test_after_an_hour_without_any_process_all_of_it_catches_up(cast: Cast) -> None:
    for number in range(3):
        cast.issue(cast.order_new(f"Pier {number}", ISS_Expert=1))
    past = timezone.now() - timedelta(hours=1)
    Message.objects.update(queued_at=past, due_at=past + timedelta(minutes=1))
    told = Client().get("/health/").json()["letters"]
    assert (told["status"], told["missing"]) == ("late", 3)
    call_command("write_letters", once=True)
    assert Client().get("/health/").json()["letters"]["status"] == "ok"
    assert len(send_all()) == 3


def test_control_nobody_comes_and_nothing_leaves_within_the_first_minute(cast: Cast) -> None:
    cast.issue(cast.order_new(ISS_Expert=1))
    assert send_all() == []
    assert Message.objects.undrawn().count() == 1


# Many at once --------------------------------------------------------------------------------


def keep_at_once(cast: Cast) -> list[Any]:
    """Each of the writers has drawn its letter before one of them is kept."""
    order = cast.issue(cast.order_new(ISS_Expert=1))
    assert order.revision is not None
    confirmation = writing._found(order.revision.confirmation.record)
    facts = from_json(confirmation.facts, ConfirmationFacts)
    drawn = [write(facts, "en") for _ in range(THREADS)]
    return at_once([partial(writing._keep, confirmation, "en", each) for each in drawn])


def test_one_of_many_writers_keeps_the_letter(cast: Cast) -> None:
    kept = keep_at_once(cast)
    assert {copy.pk for copy in kept} == {ConfirmationCopy.objects.get().pk}
    assert is_whole()


@only_postgresql
def test_control_without_the_constraint_several_are_kept(cast: Cast) -> None:
    constraint = "confirmation_copy_once_per_language"
    table = "notifications_confirmationcopy"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    try:
        keep_at_once(cast)
        assert ConfirmationCopy.objects.count() == THREADS
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table}")
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {constraint} "
                "UNIQUE (confirmation_id, language)"
            )
