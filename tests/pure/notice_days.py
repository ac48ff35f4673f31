"""Days, zones, and what is told on which day."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from notifications.rules.schedule import EXPIRY_STEPS

DAY = dt.timedelta(days=1)
ZONES = (
    "Pacific/Kiritimati",  # UTC+14
    "Pacific/Apia",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",
    "Europe/Madrid",
    "UTC",
    "America/St_Johns",
    "America/New_York",
    "America/Chicago",
    "Pacific/Pago_Pago",  # UTC−11
)


def days_of(runs: Iterable[dt.datetime], zone: str) -> set[dt.date]:
    here = zoneinfo.ZoneInfo(zone)
    return {at.astimezone(here).date() for at in runs}


def expected(days_with_a_run: set[dt.date], last_day: dt.date) -> list[tuple[int, dt.date]]:
    """Day by day: a step that comes waits for the next run, and takes the place of the one
    that waits already."""
    waiting, told = None, []
    for passed in range(-90, 31):
        day = last_day + passed * DAY
        waiting = passed if passed in EXPIRY_STEPS else waiting
        if waiting is not None and day in days_with_a_run:
            told.append((waiting, day))
            waiting = None
    return told
