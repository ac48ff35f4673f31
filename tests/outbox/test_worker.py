"""`manage.py deliver_mail` as a process of its own, stopped gently and not."""

import logging
import re
import signal
from collections import Counter
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
    assert actions.claim(timezone.now()) == []
    Message.objects.update(due_at=timezone.now())  # the lease is over
    other = start_worker(server.url, "--once")
    assert server.next_line() == "received"
    server.tell("go on")
    server.tell("go on")
    assert other.wait() == 0
    assert states() == ["sent"]
    assert server.message_ids == [queued.message_id] * 2
    assert [each["raw"] for each in server.accepted] == [raw] * 2


def copies_after_a_kill(
    start_server: StartServer, start_worker: StartWorker, *, late: bool
) -> list[int]:
    """How often each of five mails comes, if a worker is killed while the fourth is in its hand."""
    server = start_server("hold")
    queued = actions.queue([mail() for _ in range(5)], record="R1")
    killed = start_worker(server.url, late=late)
    for _ in range(3):
        assert server.next_line() == "received"
        server.tell("go on")
    assert server.next_line() == "received"  # and not answered
    killed.popen.kill()
    killed.wait()
    Message.objects.waiting().update(due_at=timezone.now())  # the lease is over
    other = start_worker(server.url, "--once")
    for _ in range(5):
        server.tell("go on")
    assert other.wait() == 0
    assert states() == ["sent"] * 5
    copies = Counter(server.message_ids)
    return [copies[message.message_id] for message in queued]


def test_a_kill_doubles_one_mail_of_a_batch_at_most(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    """Each answer is noted before the next mail is handed over."""
    assert copies_after_a_kill(start_server, start_worker, late=False) == [1, 1, 1, 2, 1]


def test_control_noted_later_a_kill_doubles_all_that_was_sent(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    assert copies_after_a_kill(start_server, start_worker, late=True) == [2, 2, 2, 2, 1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_ends_after_the_mail_in_hand(
    start_server: StartServer, start_worker: StartWorker, number: int
) -> None:
    server = start_server("hold")
    actions.queue([mail(), mail(), mail()], record="R1")
    worker = start_worker(server.url)
    assert server.next_line() == "received"
    assert states() == ["sending", "sending", "sending"]
    worker.popen.send_signal(number)
    server.tell("go on")
    assert worker.wait() == 0
    assert states() == ["queued", "queued", "sent"]
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert len(actions.claim(timezone.now())) == 2, "another worker may take them at once"
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
        "mail refused",
        "mail worker idle",
        "mail worker stopped",
    ]
    assert all(log.count(message.message_id) == 1 for message in queued)
    assert not re.search("ann@|refused@|licenses@|No such user|your licenses", log)


def test_one_connection_carries_all_mails_also_after_a_refusal(
    start_server: StartServer, settings: Settings
) -> None:
    server = start_server("refuse-some")
    addresses = ["a@x.example", "refused@x.example", "b@x.example", "c@x.example"]
    actions.queue([mail(to=[address]) for address in addresses], record="R1")
    settings.MAIL_URL = server.url
    call_command("deliver_mail", once=True)
    assert states() == ["failed", "sent", "sent", "sent"]
    assert server.connections == [3]


def test_a_server_that_takes_two_mails_over_a_connection_gets_all_at_once(
    start_server: StartServer, settings: Settings
) -> None:
    server = start_server("two-each")
    queued = actions.queue([mail() for _ in range(5)], record="R1")
    settings.MAIL_URL = server.url
    call_command("deliver_mail", once=True)
    assert server.message_ids == [message.message_id for message in queued]
    assert server.connections == [2, 2, 1]
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_connection_that_dies_in_the_middle_stops_no_other_mail(
    start_server: StartServer, settings: Settings
) -> None:
    server = start_server("drop")
    dropped, *others = actions.queue([mail() for _ in range(4)], record="R1")
    settings.MAIL_URL = server.url
    call_command("deliver_mail", once=True)
    assert states() == ["queued", "sent", "sent", "sent"]
    assert server.connections == [1, 3]
    assert server.message_ids == [message.message_id for message in (dropped, *others)]


def test_a_batch_that_lasts_too_long_is_given_back_and_goes_on_in_order(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Then mail that is more urgent, and other workers, get their turn."""
    monkeypatch.setattr(actions, "BATCH_LASTS", timedelta(0))
    caplog.set_level(logging.INFO)
    settings.MAIL_URL = tmp_path.as_uri()
    queued = actions.queue([mail() for _ in range(4)], record="R1")
    call_command("deliver_mail", once=True)
    sent = [vars(line).get("message_id") for line in caplog.records if line.msg == "mail sent"]
    assert sent == [message.message_id for message in queued]
    claims = [vars(line).get("mails") for line in caplog.records if line.msg == "mail claimed"]
    assert claims == [4, 3, 2, 1]
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


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
