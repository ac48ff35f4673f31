"""The state of the queue, and whether staff must be told about it.

Mail about a stuck queue can't wait in that queue: a worker sends it itself, ahead of the queue, and
writes it to its log, whatever happens to that mail.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min, Q

from outbox.actions import LEASE
from outbox.models import NOT_DELIVERED, Alarm, Message

REMIND_AFTER = dt.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Queue:
    """The mails that wait, and the failed mails that are not dealt with."""

    at: dt.datetime
    waiting: int
    oldest: dt.datetime | None  # queued at
    refused: int  # of those that wait: by a mail server that takes no mail from us
    not_delivered: int
    first_failed: dt.datetime | None
    last_failed: dt.datetime | None

    @property
    def age(self) -> dt.timedelta:
        """How long the oldest mail has been waiting."""
        return max(dt.timedelta(), self.at - self.oldest) if self.oldest else dt.timedelta()

    @property
    def is_late(self) -> bool:
        return self.age > dt.timedelta(minutes=settings.MAIL_ALERT_MINUTES)

    @property
    def is_well(self) -> bool:
        return not self.is_late and not self.refused and not self.not_delivered


def measure(at: dt.datetime) -> Queue:
    """Takes one statement. Its cost grows with waiting and failed mails, not with sent ones."""
    waiting = Q(state__in=["queued", "sending"])
    undealt = Q(state__in=NOT_DELIVERED, dealt_with_at=None)
    found = Message.objects.filter(waiting | undealt).aggregate(
        waiting=Count("pk", filter=waiting),
        refused=Count("pk", filter=waiting & Q(refusals__gt=0)),
        oldest=Min("queued_at", filter=waiting),
        not_delivered=Count("pk", filter=undealt),
        first_failed=Min("failed_at", filter=undealt),
        last_failed=Max("failed_at", filter=undealt),
    )
    return Queue(at, **found)


class News(Enum):
    """The message that staff are to get."""

    STUCK = "stuck"
    WELL_AGAIN = "well again"


def claim_news(queue: Queue) -> News | None:
    """The news to tell now. No other worker gets it until LEASE is over. None: there is no news.

    A worker that fails to tell it does nothing: after the lease another worker claims it again.
    """
    with transaction.atomic():
        alarm = _locked()
        if alarm.since is None and not queue.is_well:
            alarm.since = queue.at
        news = _news(alarm, queue)
        if alarm.trying_until and alarm.trying_until > queue.at:
            news = None
        if news:
            alarm.trying_until = queue.at + LEASE
        elif queue.is_well and alarm.told_at is None:
            alarm.since = None  # it was over before anybody was told
        alarm.save()
    return news


def told(news: News, at: dt.datetime) -> None:
    """Records that the news got through to staff."""
    with transaction.atomic():
        alarm = _locked()
        alarm.trying_until = None
        alarm.told_at = at if news is News.STUCK else None
        if news is News.WELL_AGAIN:
            alarm.since = None
        alarm.save()


def _locked() -> Alarm:
    Alarm.objects.get_or_create(pk=1)
    return Alarm.objects.select_for_update().get(pk=1)


def _news(alarm: Alarm, queue: Queue) -> News | None:
    if alarm.since is None:
        return None
    if alarm.told_at is None:
        return None if queue.is_well else News.STUCK
    if queue.is_well:
        return News.WELL_AGAIN
    return News.STUCK if _is_worth_a_reminder(alarm.told_at, queue) else None


def _is_worth_a_reminder(told_at: dt.datetime, queue: Queue) -> bool:
    """Whether staff need a reminder: mail is still late, or more mail failed since the last one.

    Earlier failures stand on the desk already.
    """
    failed_since = queue.last_failed is not None and queue.last_failed > told_at
    return queue.at - told_at >= REMIND_AFTER and (queue.is_late or failed_since)
