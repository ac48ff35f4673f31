"""On which days people are told: a rule without a database and without a clock.

A *step* is a day counted from the day it is about: −30 is thirty days before it, 0 that very
day, 7 a week after. Later steps are more urgent. A step is told once, to each recipient; a
step whose day went by unnoticed is told the next time somebody looks, unless a later one has
come by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timetable:
    """The steps towards a day and after it, and how long anything is told at all."""

    steps: frozenset[int]
    until: int  # the last day, counted as the steps are, on which a missed step is made up

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last day, counted from the day itself, on which it tells anything."""
        return min(self.steps, default=self.until), self.until


# The end of a term, counted from its last valid day (docs/domain.md, "Subscriptions").
EXPIRY_STEPS = (-90, -60, -30, -7, 0, 7)
EXPIRY_UNTIL = 30

# A new serial number that has to be entered at the server, counted from its issue. The page
# of the vendor does not say it: our reading, see docs/decisions/0017.
CHANGEOVER = Timetable(frozenset((7, 14, *range(30, 181, 30))), until=210)


def expiry_timetable(steps: Collection[int] | None = None) -> Timetable:
    """The steps that were chosen for an installation, or the usual ones."""
    return Timetable(frozenset(EXPIRY_STEPS if steps is None else steps), EXPIRY_UNTIL)


def due_step(
    timetable: Timetable,
    day: dt.date,
    today: dt.date,
    *,
    since: dt.date,
    told: Collection[int] = (),
) -> int | None:
    """What is to be told today about that day to somebody who was told these steps before.

    Only the most urgent step that has come: an earlier one that was missed is covered by it.
    `since` is the first day on which they could be told; what came before is not made up.
    """
    passed = (today - day).days
    newest = max((step for step in timetable.steps if step <= passed), default=None)
    if newest is None or passed > timetable.until:
        return None
    if day + dt.timedelta(days=newest) < since:
        return None
    return None if any(step >= newest for step in told) else newest


# All that an installation is told of -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """What it is about: a lot that ends, a serial that was issued."""

    key: int
    day: dt.date
    since: dt.date  # when it was written down


@dataclass(frozen=True, slots=True)
class Reader:
    """An address that hears of it."""

    address: str
    since: dt.date  # when it began to


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A step that is to be told about a subject."""

    key: int
    step: int


Told = Mapping[tuple[int, str], Collection[int]]  # the steps, by subject and address


def notices_due(
    timetable: Timetable,
    subjects: Iterable[Subject],
    readers: Iterable[Reader],
    *,
    told: Told,
    told_today: Collection[str],
    today: dt.date,
) -> dict[str, tuple[Due, ...]]:
    """What each address is to be told today, all of it in one mail.

    Who got the day's mail already (`told_today`) is told the rest tomorrow. And what was
    written down today is in today's confirmation: its steps begin tomorrow.
    """
    subjects = list(subjects)
    due = {
        reader.address: tuple(
            Due(subject.key, step)
            for subject in subjects
            if (step := _due(timetable, subject, reader, today, told)) is not None
        )
        for reader in readers
        if reader.address not in told_today
    }
    return {address: steps for address, steps in due.items() if steps}


def _due(
    timetable: Timetable, subject: Subject, reader: Reader, today: dt.date, told: Told
) -> int | None:
    since = max(subject.since + dt.timedelta(days=1), reader.since)
    before = told.get((subject.key, reader.address), ())
    return due_step(timetable, subject.day, today, since=since, told=before)
