"""Staff are told that mail is stuck, once, and that it is well again.

Real workers and a real mail server; time passes by moving what the database says back.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from companies.models import User
from notifications.mail_alerts import readers
from outbox import actions, watch
from outbox.models import Alarm, Message
from tests.cast import person
from tests.outbox.processes import MailServer, StartServer, StartWorker
from tests.outbox.sample_mail import mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STUCK = "Mail of the license portal is stuck"
FAILED = "Mail of the license portal was not delivered"
WELL = "Mail of the license portal is well again"


@pytest.fixture(autouse=True)
def watcher(db: None) -> User:
    """The only one of the staff who may see the outbox."""
    person("nobody@vendor.example", is_staff=True)
    person("gone@vendor.example", is_staff=True, is_superuser=True, is_active=False)
    watcher = person("watcher@vendor.example", is_staff=True)
    sees = Permission.objects.get(codename="view_message", content_type__app_label="outbox")
    deals = Permission.objects.get(codename="deal_with_message")
    watcher.user_permissions.add(sees, deals)
    return watcher


def pass_time(time: timedelta) -> None:
    """As if all that is in the database were that much older."""
    Message.objects.update(queued_at=F("queued_at") - time, due_at=F("due_at") - time)
    Message.objects.update(failed_at=F("failed_at") - time)
    moved = {name: F(name) - time for name in ("since", "told_at", "trying_until")}
    Alarm.objects.update(**moved)


def alerts(server: MailServer) -> list[tuple[str, str]]:
    """To whom, and what about; the other mails of these tests go to Ann."""
    parsed = [(each, message_from_bytes(each["raw"], policy=default)) for each in server.accepted]
    found = [(*each["recipients"], str(message["Subject"])) for each, message in parsed]
    return [row for row in found if row[0] != "ann@dealer.example"]


def work(server: MailServer, settings: Settings) -> None:
    settings.MAIL_URL = server.url
    call_command("deliver_mail", once=True)


@pytest.mark.siege
def test_a_queue_that_stands_still_is_told_once_by_several_workers(
    start_server: StartServer, start_worker: StartWorker
) -> None:
    server = start_server("ok")
    actions.queue([mail() for _ in range(5)], record="R1")
    Message.objects.update(due_at=timezone.now() + DAY)  # put off again and again
    pass_time(29 * MINUTE)
    assert start_worker(server.url, "--once").wait() == 0
    assert alerts(server) == []
    pass_time(2 * MINUTE)
    workers = [start_worker(server.url, "--once") for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert alerts(server) == [("watcher@vendor.example", STUCK)]


def test_it_is_told_again_after_hours_and_once_when_it_is_over(
    start_server: StartServer, settings: Settings
) -> None:
    server = start_server("ok")
    settings.ALERT_EMAILS = ["on-call@vendor.example"]
    actions.queue([mail()], record="R1")
    Message.objects.update(due_at=timezone.now() + 30 * DAY)
    told: list[int] = []
    for time in (31 * MINUTE, 5 * HOUR, 2 * HOUR, HOUR, 6 * HOUR):
        pass_time(time)
        work(server, settings)
        told.append(len(alerts(server)))
    assert told == [1, 1, 2, 2, 3]
    Message.objects.update(due_at=timezone.now())
    work(server, settings)  # sends it; and looks up before it does
    for _ in range(2):
        work(server, settings)
    subjects = [subject for _, subject in alerts(server)]
    assert subjects == [STUCK, STUCK, STUCK, WELL]
    assert {address for address, _ in alerts(server)} == {"on-call@vendor.example"}


def test_a_server_that_is_away_is_told_of_once_it_is_back(
    start_server: StartServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Meanwhile the log says it, at the level of errors, and the health check is red."""
    server = start_server("ok")
    settings.MAIL_URL = server.url
    server.end()
    actions.queue([mail()], record="R1")
    pass_time(31 * MINUTE)
    call_command("deliver_mail", once=True)
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert [each.getMessage() for each in errors] == [
        "mail is stuck",
        "alert mail not sent, tried again later",
    ]
    stuck = vars(errors[0])
    assert (stuck["waiting"], stuck["not_delivered"]) == (1, 0)
    assert watch.measure(timezone.now()).is_late
    server = start_server("ok", "--port", str(server.port))
    pass_time(9 * MINUTE)
    call_command("deliver_mail", once=True)
    assert alerts(server) == []  # another worker might still be at it
    pass_time(MINUTE)
    Message.objects.update(state="queued", claim=None, sent_at=None)  # still stuck
    call_command("deliver_mail", once=True)
    assert alerts(server) == [("watcher@vendor.example", STUCK)]


def test_a_refused_mail_is_told_once_until_it_is_dealt_with(
    start_server: StartServer, settings: Settings, watcher: User
) -> None:
    server = start_server("refuse-some")
    [message] = actions.queue([mail(to=["refused@x.example"])], record="R1")
    for time in (MINUTE, MINUTE, 7 * HOUR):
        work(server, settings)
        pass_time(time)
    assert alerts(server) == [("watcher@vendor.example", FAILED)]
    actions.queue([mail(to=["refused-too@x.example"])], record="R2")
    for _ in range(2):
        work(server, settings)
    assert alerts(server) == [("watcher@vendor.example", FAILED)] * 2
    for each in Message.objects.undealt():
        assert actions.deal_with(each, by=watcher, at=timezone.now(), note="Called.")
    for _ in range(2):
        work(server, settings)
    assert alerts(server)[2:] == [("watcher@vendor.example", WELL)]
    assert "refused" not in str([each["raw"] for each in server.accepted])
    assert message.record


def test_what_was_over_before_anybody_was_told_is_not_told() -> None:
    actions.queue([mail()], record="R1")
    pass_time(HOUR)
    assert watch.claim_news(watch.measure(timezone.now())) is watch.News.STUCK
    Message.objects.update(state="sent", sent_at=timezone.now())
    pass_time(actions.LEASE)
    assert watch.claim_news(watch.measure(timezone.now())) is None
    assert Alarm.objects.get().since is None


def test_everybody_reads_it_in_their_own_language(watcher: User) -> None:
    watcher.language = "es"
    watcher.save()
    assert list(readers()) == [("watcher@vendor.example", "es")]
