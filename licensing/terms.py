"""When subscriptions start and end (docs/domain.md, "Subscriptions")."""

import datetime as dt
from enum import StrEnum

ENDS_SOON = dt.timedelta(days=90)  # before the last valid day: the day of the first notice


class Standing(StrEnum):
    """The state of a lot's term on a day."""

    RUNS = "runs"
    SOON = "soon"
    ENDED = "ended"


def last_day(starts_on: dt.date, years: int) -> dt.date:
    """The last valid day of a term of `years` from `starts_on`.

    A term ends on the same day `years` on, and the day before is its last valid one. A
    term from 29 February ends on 28 February where there is no 29th.
    """
    year = starts_on.year + years
    try:
        end = starts_on.replace(year=year)
    except ValueError:
        end = dt.date(year, 2, 28)
    return end - dt.timedelta(days=1)


def runs_on(day: dt.date, starts_on: dt.date, last: dt.date | None) -> bool:
    """Whether a lot counts on that day; without a last day it has no end."""
    return starts_on <= day and (last is None or day <= last)


def days_left(day: dt.date, last: dt.date) -> int:
    """0 on the last valid day, negative after it."""
    return (last - day).days


def standing(day: dt.date, last: dt.date | None) -> Standing:
    """Whether the lot runs, ends soon or has ended on that day; without a last day it runs."""
    if last is None:
        return Standing.RUNS
    if last < day:
        return Standing.ENDED
    return Standing.SOON if last - day <= ENDS_SOON else Standing.RUNS
