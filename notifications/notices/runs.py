"""A run of `manage.py send_notices`: it looks at everything, sends the due notices and notes it."""

from __future__ import annotations

import datetime as dt
import logging
import socket

from django.db.models import Max
from django.utils import timezone

from notifications.models.notices import NoticeRun
from notifications.notices.changeover import CHANGEOVER
from notifications.notices.expiry import EXPIRY
from notifications.notices.sending import NoticeKind, find_due, send_due

logger = logging.getLogger(__name__)

KINDS = (EXPIRY, CHANGEOVER)
IS_LATE = dt.timedelta(days=2)  # after the last run; by then somebody may have missed a whole day


def send_notices(*, at: dt.datetime | None = None) -> NoticeRun:
    """Sends all due notices, each once, even if it runs at any time, twice, late, or on two
    machines.

    If one installation fails, the others go on. Its transaction is undone, and the next run tries
    again.
    """
    at = at or timezone.now()
    run = NoticeRun.objects.create(started_at=at, host=socket.gethostname()[:255])
    seen: set[int] = set()
    for kind in KINDS:
        found = find_due(kind, at)
        seen |= found.keys()
        for installation in [pk for pk, due in found.items() if due]:
            _send_due(kind, installation, run, at)
    run.installations = len(seen)
    run.ended_at = max(timezone.now(), at)
    run.save()
    return run


def _send_due(kind: NoticeKind, installation: int, run: NoticeRun, at: dt.datetime) -> None:
    try:
        run.mails += send_due(kind, installation, run, at)
    except Exception:  # a failure must not keep other installations from their notices
        run.failures += 1
        logger.exception("notices failed", extra={"installation": installation})


def last_run_at() -> dt.datetime | None:
    """The time of the last run that looked at everything."""
    newest = NoticeRun.objects.aggregate(Max("ended_at"))
    ended: dt.datetime | None = newest["ended_at__max"]
    return ended


def is_late(last: dt.datetime | None, at: dt.datetime) -> bool:
    return last is None or at - last > IS_LATE
