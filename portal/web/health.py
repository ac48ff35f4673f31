"""The answer to a load balancer: can this process serve pages?

Database, migrations, limits and static files decide the status. The answer also tells the age of
the mail queue, the failed mails and the letters that are not written yet, but they never take a web
server out of service: pages work without a mail server, and waiting mail is sent later.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache as remember

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from limits import counters
from limits.declared import Limit, Per, Window
from notifications.confirmation import writing
from notifications.notices.runs import is_late, last_run_at
from outbox import returning, watch

LETTERS_LATE = 5 * 60  # seconds; a worker that sends mail helps out after one minute
PROBE = Limit("health", Per.KEY, (Window(1, 10),))  # counted, but never enforced


class Unfit(Exception):
    """The reason why this process can't serve pages, in a few words without secrets."""


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when all is well; 503 with the first failure."""
    body: dict[str, object] = {"status": "ok"}
    for name, check in CHECKS.items():
        body[name] = _state(check)
        if body[name] != "ok":
            return JsonResponse(body | {"status": "unavailable"}, status=503)
    warnings = {
        "mail": _mail(),
        "letters": _letters(),
        "bounces": _bounces(),
        "notices": _notices(),
    }
    return JsonResponse(body | warnings)


def _state(check: Callable[[], None]) -> str:
    """The result of a check; of an unexpected error only its type, as texts may name hosts."""
    try:
        check()
    except Unfit as reason:
        return str(reason)
    except Exception as error:
        return f"failed: {type(error).__name__}"
    return "ok"


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_migrations() -> None:
    """Accepts unknown migrations: they belong to a newer version that is being rolled out."""
    missing = _known_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    if missing:
        raise Unfit(f"{len(missing)} not applied")


@remember
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _check_limits() -> None:
    """Checks that tries can be counted, since log-in needs it: the database accepts writes."""
    counters.count(PROBE.of())


def _check_static_files() -> None:
    if not getattr(staticfiles_storage, "hashed_files", True):
        raise Unfit("not collected")


CHECKS = {
    "database": _check_database,
    "migrations": _check_migrations,
    "limits": _check_limits,
    "static_files": _check_static_files,
}


def _mail() -> dict[str, object]:
    """“late” when the oldest waits for too long, else “refused” when a mail server takes no mail
    from us, else “failed” when a failure is not dealt with."""
    queue = watch.measure(timezone.now())
    troubles = {"late": queue.is_late, "refused": queue.refused, "failed": queue.not_delivered}
    return {
        "status": next((name for name, there in troubles.items() if there), "ok"),
        "waiting": queue.waiting,
        "refused": queue.refused,
        "oldest_waiting_seconds": round(queue.age.total_seconds()),
        "not_delivered": queue.not_delivered,
    }


def _letters() -> dict[str, object]:
    """“late” when a confirmation has had no letter for too long, “plain” when one went out without
    its PDF within a day."""
    now = timezone.now()
    letters = writing.measure(now)
    age = _seconds(letters.oldest, now) or 0
    troubles = {"late": age > LETTERS_LATE, "plain": letters.plain}
    return {
        "status": next((name for name, there in troubles.items() if there), "ok"),
        "missing": letters.letters,
        "oldest_missing_seconds": age,
        "plain": letters.plain,
    }


def _bounces() -> dict[str, object]:
    """The time since the mailbox of bounces was read; “off” without one."""
    if not settings.BOUNCE_URL:
        return {"status": "off", "last_read_seconds_ago": None}
    last, now = returning.last_read_at(), timezone.now()
    late = returning.is_late(last, now)
    return {"status": "late" if late else "ok", "last_read_seconds_ago": _seconds(last, now)}


def _seconds(last: datetime | None, now: datetime) -> int | None:
    return max(0, round((now - last).total_seconds())) if last else None


def _notices() -> dict[str, object]:
    """The time since the last run of the notices; only a warning, as with mail."""
    last, now = last_run_at(), timezone.now()
    late = is_late(last, now)
    return {"status": "late" if late else "ok", "last_run_seconds_ago": _seconds(last, now)}
