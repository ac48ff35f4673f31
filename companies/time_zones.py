"""Calendar days are those of the company's time zone."""

import datetime as dt
import zoneinfo


def is_time_zone(name: str) -> bool:
    return name in zoneinfo.available_timezones()


def local_date(at: dt.datetime, time_zone: str) -> dt.date:
    """The calendar day on which the moment `at` falls in that time zone."""
    return at.astimezone(zoneinfo.ZoneInfo(time_zone)).date()
