"""A load balancer is told whether this server can work."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from notifications.notices.runs import send_notices
from outbox import actions
from outbox.models import BounceMailbox, Message
from tests.cast import Cast
from tests.operations.no_database import database_away
from tests.outbox.sample_mail import mail

pytestmark = pytest.mark.both_databases

ALL_WELL = {
    "status": "ok",
    "database": "ok",
    "migrations": "ok",
    "limits": "ok",
    "static_files": "ok",
    "mail": {
        "status": "ok",
        "waiting": 0,
        "refused": 0,
        "oldest_waiting_seconds": 0,
        "not_delivered": 0,
    },
    "letters": {"status": "ok", "missing": 0, "oldest_missing_seconds": 0, "plain": 0},
    "bounces": {"status": "off", "last_read_seconds_ago": None},
    "notices": {"status": "late", "last_run_seconds_ago": None},
}


def ask() -> tuple[int, dict[str, Any]]:
    response = Client().get("/health/")
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


def test_all_is_well(db: None) -> None:
    assert ask() == (200, ALL_WELL)


def test_it_costs_few_statements(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    with django_assert_max_num_queries(8):
        ask()


def test_it_is_asked_by_http_without_log_in_and_leaves_no_session(
    db: None, settings: Settings
) -> None:
    """As in production, where everything else is redirected to HTTPS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    response = Client().get("/health/")
    assert (response.status_code, response.cookies) == (200, {})
    assert Client().get("/orders/").status_code == 301
    assert Client().post("/health/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_the_database_is_away() -> None:
    with database_away():
        assert ask() == (503, {"status": "unavailable", "database": "failed: OperationalError"})
    assert ask() == (200, ALL_WELL)


def test_a_migration_is_missing(db: None) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("outbox", "0001_initial")
    expected = {"status": "unavailable", "database": "ok", "migrations": "1 not applied"}
    assert ask() == (503, expected)


def test_a_newer_version_is_being_rolled_out(db: None) -> None:
    MigrationRecorder(connection).record_applied("outbox", "0999_of_tomorrow")
    assert ask() == (200, ALL_WELL)


def test_tries_can_not_be_counted(db: None) -> None:
    """As where the database answers and takes nothing: no user could log in."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE limits_counter RENAME TO limits_elsewhere")
    status, body = ask()
    assert (status, body["status"], body["migrations"]) == (503, "unavailable", "ok")
    assert body["limits"] in {"failed: ProgrammingError", "failed: OperationalError"}


def test_static_files_were_not_collected(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    status, body = ask()
    assert (status, body["static_files"]) == (503, "not collected")


@pytest.mark.parametrize(("seconds", "state"), [(-1, "ok"), (5, "late")])
def test_late_mail_is_told_and_turns_nobody_away(
    db: None, settings: Settings, seconds: int, state: str
) -> None:
    [waiting, sent] = actions.queue([mail(), mail()], record="R1")
    limit = 60 * settings.MAIL_ALERT_MINUTES
    queued_at = timezone.now() - timedelta(seconds=limit + seconds)
    Message.objects.filter(pk=waiting.pk).update(queued_at=queued_at)
    Message.objects.filter(pk=sent.pk).update(
        queued_at=queued_at - timedelta(days=9), sent_at=timezone.now(), state="sent"
    )
    status, body = ask()
    assert (status, body["status"], body["mail"]["status"]) == (200, "ok", state)
    assert (body["mail"]["waiting"], body["mail"]["not_delivered"]) == (1, 0)
    assert abs(body["mail"]["oldest_waiting_seconds"] - limit - seconds) <= 2


def test_a_mailbox_of_bounces_that_is_not_read_is_told(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.BOUNCE_URL = tmp_path.as_uri()
    assert ask()[1]["bounces"] == {"status": "late", "last_read_seconds_ago": None}
    call_command("read_bounces")
    status, body = ask()
    assert status == 200
    assert body["bounces"]["status"] == "ok"
    assert body["bounces"]["last_read_seconds_ago"] < 60
    BounceMailbox.objects.update(read_at=timezone.now() - timedelta(hours=3))
    assert ask()[1]["bounces"]["status"] == "late"


def test_mail_that_was_not_delivered_is_told_until_it_is_dealt_with(cast: Cast) -> None:
    [message] = actions.queue([mail()], record="R1")
    Message.objects.update(state="failed", failed_at=timezone.now(), failed_for="address")
    status, body = ask()
    assert (status, body["status"], body["mail"]["status"]) == (200, "ok", "failed")
    assert body["mail"]["not_delivered"] == 1
    actions.deal_with(message, by=cast.sales, at=timezone.now(), note="Called.")
    assert ask() == (200, ALL_WELL)


def test_notices_that_were_not_sent_for_two_days_are_told_and_turn_nobody_away(db: None) -> None:
    run = send_notices()
    assert ask()[1]["notices"] == {"status": "ok", "last_run_seconds_ago": 0}
    run.started_at = run.ended_at = timezone.now() - timedelta(hours=49)
    run.save()
    status, body = ask()
    assert (status, body["status"], body["notices"]["status"]) == (200, "ok", "late")
