"""One run of `manage.py send_notices`: looks at everything, tells what is due, and notes it."""

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
IS_LATE = dt.timedelta(days=2)  # after the last run: a whole day of somebody's may be missed


def send_notices(*, at: dt.datetime | None = None) -> NoticeRun:
    """May be called at any time, twice, late, or on two machines: each notice is sent once.

    An installation that fails stops no other one. Its transaction is taken back, so the next
    run tells what this one could not.
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
    except Exception:  # one that fails must not keep the others from being told
        run.failures += 1
        logger.exception("notices failed", extra={"installation": installation})


def last_run_at() -> dt.datetime | None:
    """When everything was looked at last."""
    newest = NoticeRun.objects.aggregate(Max("ended_at"))
    ended: dt.datetime | None = newest["ended_at__max"]
    return ended


def is_late(last: dt.datetime | None, at: dt.datetime) -> bool:
    return last is None or at - last > IS_LATE
