"""Keeps the table of counters small: ended counters go, and no limit has more than its share."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from limits.models import Counter

MOST = 50_000  # counters of one limit
CHUNK = 500  # rows in a statement


@dataclass(frozen=True, slots=True)
class Swept:
    ended: int  # counters whose window is over
    pushed_out: int  # of limits that had too many


def sweep(most: int = MOST) -> Swept:
    """Deletes ended counters, and the lowest ones of a limit that has more than `most`.

    Endless new keys push out only each other: to push out a counter that holds a user back, a
    stranger has to count as far in all of `most` others. It never waits for a request, and a
    request that counts waits for one chunk at most.
    """
    over = Counter.objects.filter(ends_at__lte=int(time.time()))
    ended = _delete(over.order_by("key"), over.count())
    return Swept(ended, sum(_push_out(kind, rows - most) for kind, rows in _too_many(most)))


def _too_many(most: int) -> list[tuple[str, int]]:
    counted = Counter.objects.values_list("kind").annotate(rows=Count("key"))
    return list(counted.filter(rows__gt=most))


def _push_out(kind: str, rows: int) -> int:
    lowest = Counter.objects.filter(kind=kind).order_by("count", "ends_at", "key")
    return _delete(lowest, rows)


def _delete(counters: QuerySet[Counter], rows: int) -> int:
    """Deletes the first rows. A counter that a request counts right now stays for the next time."""
    deleted = 0
    while deleted < rows:
        with transaction.atomic():
            locked = counters.select_for_update(skip_locked=connection.vendor == "postgresql")
            keys = list(locked.values_list("key", flat=True)[: min(CHUNK, rows - deleted)])
            Counter.objects.filter(key__in=keys).delete()
        if not keys:
            break
        deleted += len(keys)
    return deleted
