"""Counts tries: one statement for all that a request counts, even if the database is busy.

A counted try stays counted, so it is counted before a transaction opens or after it ended. Nothing
here runs inside a transaction or opens a second connection.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.crypto import salted_hmac

from limits.declared import Limit, Try, Window
from limits.models import Counter
from limits.sweeping import sweep

MARK = 16  # characters of a hash; it tells whether the same try was counted already
MOST_MARKS = 2000  # characters of kept hashes: more than any limit has tries
NEW_UNTIL_SWEPT = 1000  # counters that a process makes before it sweeps

# The rows are sorted, so that two such statements never deadlock.
INTO = 'INSERT INTO "limits_counter" (key, kind, count, ends_at, marks) VALUES '
COUNT = """
ON CONFLICT (key) DO UPDATE SET
    count = CASE
        WHEN limits_counter.ends_at <= %s THEN 1
        WHEN excluded.marks <> '' AND limits_counter.marks LIKE '%%' || excluded.marks || '%%'
            THEN limits_counter.count
        ELSE limits_counter.count + 1 END,
    marks = CASE
        WHEN limits_counter.ends_at <= %s THEN excluded.marks
        WHEN excluded.marks = '' OR limits_counter.marks LIKE '%%' || excluded.marks || '%%'
            OR length(limits_counter.marks) >= %s THEN limits_counter.marks
        ELSE limits_counter.marks || excluded.marks END,
    ends_at = CASE
        WHEN limits_counter.ends_at <= %s THEN excluded.ends_at
        ELSE limits_counter.ends_at END
RETURNING key, count, ends_at
"""
GIVE_BACK = """
ON CONFLICT (key) DO UPDATE SET count = limits_counter.count - 1
WHERE limits_counter.count > 0 AND limits_counter.ends_at = excluded.ends_at
"""


class CountedInATransaction(Exception):
    """A rollback of the transaction would undo the count."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The state of a try in one of its limit's windows."""

    key: str
    limit: Limit
    window: Window
    count: int
    ends_at: int

    @property
    def is_over(self) -> bool:
        return self.count > self.window.tries

    @property
    def is_used_up(self) -> bool:
        """Whether the next try is over the limit."""
        return self.count >= self.window.tries

    @property
    def seconds(self) -> int:
        """Until the window ends."""
        return max(1, self.ends_at - math.floor(time.time()))


@dataclass(frozen=True, slots=True)
class Verdict:
    counted: Sequence[Counted]

    @property
    def over(self) -> frozenset[Limit]:
        return frozenset(each.limit for each in self.counted if each.is_over)

    @property
    def seconds(self) -> int:
        """Until the last of the windows ends that are over; 0 where none is."""
        return max((each.seconds for each in self.counted if each.is_over), default=0)

    @property
    def seconds_to_next(self) -> int:
        """Until one more would not be over; 0 where it is not."""
        return max((each.seconds for each in self.counted if each.is_used_up), default=0)


def count(*tries: Try) -> Verdict:
    """Counts one more try for each, even if it is refused."""
    _check_outside()
    now = math.floor(time.time())
    rows = {_key(each, window): (each, window) for each in tries for window in each.limit.windows}
    values = [
        (key, each.limit.name, 1, _end_of(window), _mark(each))
        for key, (each, window) in sorted(rows.items())
    ]
    returned = _write(values, COUNT, [now, now, MOST_MARKS, now])
    _note_new(returned)
    return Verdict([Counted(key, rows[key][0].limit, rows[key][1], *at) for key, *at in returned])


def peek(each: Try) -> Verdict:
    """The state of a try, without counting one."""
    keys = {_key(each, window): window for window in each.limit.windows}
    running = Counter.objects.filter(key__in=keys, ends_at__gt=math.floor(time.time()))
    found = running.values_list("key", "count", "ends_at")
    return Verdict([Counted(key, each.limit, keys[key], *at) for key, *at in found])


def give_back(counted: Iterable[Counted]) -> None:
    """Takes tries back that were none, from the same window in which they were counted."""
    _check_outside()
    ordered = sorted(counted, key=lambda each: each.key)
    values = [(each.key, each.limit.name, 0, each.ends_at, "") for each in ordered]
    if values:
        _write(values, GIVE_BACK, [])


def forget(*tries: Try) -> None:
    """Resets the counters of these tries."""
    _check_outside()
    for each in tries:
        for window in each.limit.windows:
            Counter.objects.filter(key=_key(each, window)).delete()


def _write(
    values: Sequence[tuple[str, str, int, int, str]], what: str, more: Sequence[int]
) -> list[tuple[str, int, int]]:
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(INTO + rows + what, [part for row in values for part in row] + [*more])
        return cursor.fetchall() if cursor.description else []


def _check_outside() -> None:
    """Refuses to run in a transaction, like `atomic(durable=True)`; a test's wrapper is none."""
    blocks = connection.atomic_blocks
    if blocks and not blocks[-1]._from_testcase:  # type: ignore[attr-defined]  # private
        raise CountedInATransaction("Count before the transaction opens, or after it ended.")


def _end_of(window: Window) -> int:
    """The end of a window that begins now: never sooner than its length from now."""
    return math.ceil(time.time()) + window.seconds


def _key(each: Try, window: Window) -> str:
    return _hash(f"{each.limit.name} {window.seconds} {each.subject}")


def _mark(each: Try) -> str:
    return _hash(each.once)[:MARK] + " " if each.once else ""


def _hash(text: str) -> str:
    text = text.encode(errors="surrogatepass").hex()  # any text that was typed
    return salted_hmac("limits", text, algorithm="sha256").hexdigest()


class _New:
    """Counters that this process made since it last swept; this keeps the table bounded."""

    made = 0


def _note_new(returned: Sequence[tuple[str, int, int]]) -> None:
    _New.made += sum(1 for _key, count, _end in returned if count == 1)
    if _New.made >= NEW_UNTIL_SWEPT:
        _New.made = 0
        sweep()
