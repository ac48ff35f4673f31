"""The migration that keeps private mail apart moves the mail that is there."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from outbox import actions
from outbox.models import Message, PrivateContent
from tests.migrating import as_of, migrate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
BEFORE = ("outbox", "0003_why_mail_failed_and_who_dealt_with_it")
MANY = 600  # more than are moved at once


@pytest.fixture
def as_before() -> Iterator[Any]:
    """The table of mails as it was; afterwards it is again as it is."""
    with as_of(BEFORE) as model:
        yield model("outbox", "Message")


def test_private_content_moves_and_what_is_old_is_erased(
    as_before: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    now, number = timezone.now(), iter(range(10_000))

    def add(**values: Any) -> Any:
        usual = {
            "sender": "a@x.example",
            "recipients": ["b@x.example"],
            "message_id": f"<{next(number)}@x.example>",
            "raw": b"Secret link",
        }
        return as_before.objects.create(**usual | values)

    record = add(record="R1", queued_at=now - dt.timedelta(days=99))
    sent = add(record="", state="sent", sent_at=now, raw=None)
    failed = add(record="", state="failed", failed_at=now, failed_for="tries")
    ages_ago = now - actions.PRIVATE_LIFE
    old = add(record="", state="failed", queued_at=ages_ago, failed_at=now, failed_for="tries")
    waiting = [add(record="") for _ in range(MANY)]

    migrate()

    assert f"{MANY + 1} private mails kept apart, 1 expired" in capsys.readouterr().out
    state = dict(Message.objects.values_list("pk", "state"))
    assert [state[each.pk] for each in (record, sent, failed, old)] == [
        "queued", "sent", "failed", "expired",
    ]  # fmt: skip
    kept = {failed.pk, *(each.pk for each in waiting)}
    assert set(PrivateContent.objects.values_list("pk", flat=True)) == kept
    assert not Message.objects.filter(record="").exclude(raw=None).exists()
    for message in Message.objects.filter(pk__in=[record.pk, *kept]):
        assert actions.content_of(message) == b"Secret link"
    assert Message.objects.get(pk=record.pk).expires_at is None
    assert Message.objects.get(pk=failed.pk).expires_at == failed.queued_at + actions.PRIVATE_LIFE
