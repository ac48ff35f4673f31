"""`manage.py deliver_mail` as a process of its own, stopped gently and not."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from outbox import actions
from outbox.models import Message
from tests.outbox.processes import Process, StartServer, StartWorker
from tests.outbox.sample_mail import mail

pytestmark = pytest.mark.django_db(transaction=True)


def event_in(line: str) -> str:
    """The event in a line of the log, without its time, level and facts."""
    found = re.search(r"\] (.*?)  +\[", line)
    return found[1] if found else ""


def events(worker: Process) -> list[str]:
    return [event for event in map(event_in, worker.remaining_lines()) if event]


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


@pytest.mark.siege
def test_workers_side_by_side_send_each_mail_once(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("ok")
    queued = actions.queue([mail() for _ in range(30)], record="R1")
    workers = [start_worker(server.url, "--once") for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert states() == ["sent"] * 30
    assert sorted(server.message_ids) == sorted(message.message_id for message in queued)


def test_a_killed_worker_leaves_its_mail_to_another(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("hold")
    [queued] = actions.queue([mail()])
    raw = actions.content_of(queued)
    killed = start_worker(server.url)
    assert server.next_line() == "received"  # and not answered
    killed.popen.kill()
    killed.wait()
    assert Message.objects.get().state == "sending"
    assert actions.claim(timezone.now()) is None
    Message.objects.update(due_at=timezone.now())  # the lease is over
    other = start_worker(server.url, "--once")
    assert server.next_line() == "received"
    server.tell("go on")
    server.tell("go on")
    assert other.wait() == 0
    assert states() == ["sent"]
    assert server.message_ids == [queued.message_id] * 2
    assert [each["raw"] for each in server.accepted] == [raw] * 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_ends_after_the_mail_in_hand(
    start_server: StartServer, start_worker: StartWorker, number: int
) -> None:
    server = start_server("hold")
    actions.queue([mail(), mail(), mail()], record="R1")
    worker = start_worker(server.url)
    assert server.next_line() == "received"
    assert states() == ["queued", "queued", "sending"]
    worker.popen.send_signal(number)
    server.tell("go on")
    assert worker.wait() == 0
    assert states() == ["queued", "queued", "sent"]
    assert len(server.accepted) == 1
    assert events(worker) == [
        "mail worker started",
        "mail claimed",
        "mail sent",
        "mail worker idle",
        "mail worker stopped",
    ]


def test_a_worker_told_to_stop_puts_back_what_the_server_does_not_take(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    """The server hangs up on the mail in hand. Nothing of ours is left as “sending”."""
    server = start_server("hold")
    actions.queue([mail(), mail()], record="R1")
    worker = start_worker(server.url)
    assert server.next_line() == "received"
    worker.popen.send_signal(signal.SIGTERM)
    worker.popen.send_signal(signal.SIGTERM)  # impatience changes nothing
    server.end()
    assert worker.wait() == 0
    assert states() == ["queued", "queued"]
    assert sorted(Message.objects.values_list("attempts", "claim")) == [(0, None), (1, None)]
    assert "mail put off" in events(worker)


def test_the_log_of_a_worker_names_no_address(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("refuse-some")
    queued = actions.queue([mail(), mail(to=["refused@x.example"])], record="R1")
    worker = start_worker(server.url, "--once")
    assert worker.wait() == 0
    lines = worker.remaining_lines()
    log = "\n".join(lines)
    assert [event for event in map(event_in, lines) if event.startswith("mail ")] == [
        "mail worker started",
        "mail claimed",
        "mail sent",
        "mail claimed",
        "mail refused",
        "mail worker idle",
        "mail worker stopped",
    ]
    assert all(log.count(message.message_id) == 2 for message in queued)
    assert not re.search("ann@|refused@|licenses@|No such user|your licenses", log)


def test_an_idle_worker_stops_and_a_new_mail_wakes_it(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("ok")
    worker = start_worker(server.url)
    for _ in range(2):
        actions.queue([mail()], record="R1")
        assert server.next_line() == "received"
    worker.popen.send_signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert states() == ["sent", "sent"]


def test_a_worker_outlives_a_broken_database(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("ok")
    [queued] = actions.queue([mail()])
    with table_away():
        worker = start_worker(server.url)
        worker.wait_for("no database, next try in 2 s")
    assert server.next_line() == "received"
    worker.wait_for("mail sent", queued.message_id)
    worker.popen.send_signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert states() == ["sent"]


@contextmanager
def table_away() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outbox_message RENAME TO outbox_message_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE outbox_message_away RENAME TO outbox_message")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections to lose")
def test_a_worker_outlives_its_connection(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("ok")
    worker = start_worker(server.url)
    for _ in range(2):
        [queued] = actions.queue([mail()])
        worker.wait_for("mail sent", queued.message_id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    worker.popen.send_signal(signal.SIGTERM)
    assert worker.wait() == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is on one machine, one clock")
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_with_a_wrong_clock_goes_by_the_databases(
    settings: Settings, tmp_path: Path, hours: int
) -> None:
    """Ahead, it would take mails that others are sending; behind, it would send none."""
    settings.MAIL_URL = tmp_path.as_uri()
    in_hand, due = actions.queue([mail(), mail()])
    [claimed] = actions.claim(actions.database_time(), most=1)
    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True):
        call_command("deliver_mail", once=True)
    assert claimed == in_hand
    assert dict(Message.objects.values_list("pk", "state")) == {
        in_hand.pk: "sending",
        due.pk: "sent",
    }


def test_a_wrong_mail_url_stops_the_start(start_worker: StartWorker) -> None:
    worker = start_worker("smtp://anna:pa/ss@host")
    assert worker.wait() == 1
    log = "\n".join(worker.remaining_lines())
    assert "(outbox.E001) MAIL_URL is wrong. Set it to" in log
    assert "anna" not in log
    assert "ss@host" not in log


def test_the_command_leaves_the_signals_as_they_were(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL_URL = tmp_path.as_uri()
    actions.queue([mail()])
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    call_command("deliver_mail", once=True)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".eml", ".txt"]
    with pytest.raises(CommandError):
        call_command("deliver_mail", "now")
