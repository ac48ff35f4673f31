"""Private mail that was done long ago is archived. What must be kept stays as it is."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.audit.ledger import violations
from outbox import actions
from outbox.archive import archive
from outbox.models import ArchivedMessage, Message
from outbox.returning import SINCE
from tests.cast import Cast
from tests.outbox.sample_mail import mail

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def sent(count: int = 1, *, record: str = "", **changes: Any) -> list[Message]:
    """Mails that were sent a moment ago."""
    messages = actions.queue([mail() for _ in range(count)], record=record)
    at = timezone.now()
    for _ in messages:
        [claimed] = actions.claim(at, most=1)
        actions.deliver(claimed, Taken(), at)
    Message.objects.filter(pk__in=[each.pk for each in messages]).update(**changes)
    return messages


class Taken:
    """A mail server that takes everything."""

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def much_later(settings: Settings) -> dt.datetime:
    days: int = settings.MAIL_KEPT_DAYS
    return timezone.now() + days * DAY


def test_what_was_sent_long_ago_leaves_a_slim_row(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    [message] = sent()
    [young] = sent()
    Message.objects.filter(pk=message.pk).update(queued_at=timezone.now() - 91 * DAY)
    call_command("archive_mail")
    assert capsys.readouterr().out == "Mails archived: 1.\n"
    assert Message.objects.get() == young
    names = ("recipients", "subject", "message_id")
    left = ArchivedMessage.objects.values(*names, "number", "state").get()
    expected = {name: getattr(message, name) for name in names}
    assert left == {**expected, "number": message.pk, "state": "sent"}
    call_command("archive_mail")
    assert capsys.readouterr().out == ""


WHY = {"failed_at": dt.datetime(2031, 1, 1, tzinfo=dt.UTC), "failed_for": "address"}
CAME_BACK = {"state": "returned", "bounce": "x", **WHY}
DEALT_WITH = {"dealt_with_at": WHY["failed_at"], "dealt_with_by": "sales@vendor.example"}
NOT_SENT = {"sent_at": None}


@pytest.mark.parametrize(
    ("changes", "archived"),
    [
        pytest.param({}, 1, id="sent"),
        pytest.param({**NOT_SENT, "state": "expired"}, 1, id="expired"),
        pytest.param({**CAME_BACK, **DEALT_WITH}, 1, id="came-back-and-dealt-with"),
        pytest.param(CAME_BACK, 0, id="came-back-and-a-task"),
        pytest.param({**NOT_SENT, **WHY, "state": "failed"}, 0, id="failed"),
        pytest.param({**NOT_SENT, "state": "queued"}, 0, id="queued"),
        pytest.param({**NOT_SENT, "state": "sending", "claim": "0" * 32}, 0, id="sending"),
    ],
)
def test_only_private_mail_with_nothing_left_to_do_is_archived(
    changes: dict[str, Any], archived: int, settings: Settings
) -> None:
    sent(**changes)
    assert archive(at=much_later(settings)) == archived
    assert (ArchivedMessage.objects.count(), Message.objects.count()) == (archived, 1 - archived)


def test_a_confirmation_and_its_page_stay_as_they_are(cast: Cast, settings: Settings) -> None:
    order = cast.issue(cast.order_new("Pier 9"))
    at = timezone.now()
    for message in actions.claim(at):
        actions.deliver(message, Taken(), at)
    client = Client()
    client.force_login(cast.viewer)
    before = client.get(order.get_absolute_url()).context["deliveries"]
    raw = [actions.content_of(each) for each in Message.objects.order_by("pk")]
    archive(at=much_later(settings))
    assert client.get(order.get_absolute_url()).context["deliveries"] == before
    assert [actions.content_of(each) for each in Message.objects.order_by("pk")] == raw
    assert list(violations()) == []


def test_a_mail_is_kept_for_as_long_as_it_may_come_back(settings: Settings) -> None:
    sent()
    assert SINCE < 30 * DAY  # the least that the setting may be
    assert archive(at=timezone.now() + SINCE) == 0


def test_a_run_that_fails_leaves_each_mail_in_one_place_and_the_next_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.archive.AT_ONCE", 2)
    messages = sent(5)
    delete, left = QuerySet.delete, iter([True])

    def fail(self: QuerySet[Any]) -> Any:
        if next(left, False):
            return delete(self)
        raise OSError("no disk")

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "delete", fail)
        with pytest.raises(OSError, match="no disk"):
            archive(at=much_later(settings))
    kept = {*Message.objects.values_list("pk", flat=True)}
    archived = {*ArchivedMessage.objects.values_list("number", flat=True)}
    assert (len(kept), kept & archived) == (3, set())
    assert archive(at=much_later(settings)) == 3
    assert {*ArchivedMessage.objects.values_list("pk", flat=True)} == {m.pk for m in messages}


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_two_runs_at_once_archive_each_mail_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.archive.AT_ONCE", 3)
    sent(20)
    at = much_later(settings)

    def run() -> int:
        try:
            return archive(at=at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run) for _ in range(2)]
    assert sum(each.result() for each in runs) == 20
    assert (ArchivedMessage.objects.count(), Message.objects.count()) == (20, 0)
