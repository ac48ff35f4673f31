"""The days on which notices are sent: a rule without a database and without a clock.

A *step* is a day counted from the day of the event: −30 is thirty days before it, 0 that very day,
7 a week after. Later steps are more urgent. Each recipient is told a step once. A step that was
missed is told at the next run, unless a later step has come by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timetable:
    """The steps before and after a day, and the last day for notices."""

    steps: frozenset[int]
    until: int  # the last day, counted like the steps, to make up a missed step

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last day for notices, counted from the day of the event."""
        return min(self.steps, default=self.until), self.until


# The end of a term, counted from its last valid day (docs/domain.md, "Subscriptions").
EXPIRY_STEPS = (-90, -60, -30, -7, 0, 7)
EXPIRY_UNTIL = 30

# A new serial number that must be entered at the server, counted from its issue. The vendor's page
# does not give these days: they are our reading, see docs/decisions/0017.
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
    """The step to tell today, for a reader who was told the steps in `told`.

    Only the latest step that has come is told: it covers earlier steps that were missed. `since` is
    the reader's first day; steps before it are not made up.
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
    """The lot that ends or the serial that was issued."""

    key: int
    day: dt.date
    since: dt.date  # the day when it was recorded


@dataclass(frozen=True, slots=True)
class Reader:
    """An address that gets the notices."""

    address: str
    since: dt.date  # the first day for notices


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A step to tell about a subject."""

    key: int
    step: int


Told = Mapping[tuple[int, str], Collection[int]]  # the steps told, by subject and address


def notices_due(
    timetable: Timetable,
    subjects: Iterable[Subject],
    readers: Iterable[Reader],
    *,
    told: Told,
    told_today: Collection[str],
    today: dt.date,
) -> dict[str, tuple[Due, ...]]:
    """The steps to tell each address today, all in one mail.

    An address that got today's mail already (`told_today`) is told the rest tomorrow. Events
    recorded today stand in today's confirmation: their steps begin tomorrow.
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
