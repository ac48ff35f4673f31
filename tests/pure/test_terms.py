"""When subscriptions start and end."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.terms import Standing, days_left, last_day, runs_on, standing

CASES = {
    "one-year": ("2026-09-03", 1, "2027-09-02"),
    "three-years": ("2025-12-16", 3, "2028-12-15"),
    "five-years": ("2026-11-19", 5, "2031-11-18"),
    "from-new-year": ("2026-01-01", 1, "2026-12-31"),
    "from-1-march-into-a-leap-year": ("2027-03-01", 1, "2028-02-29"),
    "leap-day-to-a-common-year": ("2024-02-29", 1, "2025-02-27"),  # ends on 28 February
    "leap-day-to-a-leap-year": ("2024-02-29", 4, "2028-02-28"),  # ends on 29 February
    "28-february-to-a-leap-year": ("2027-02-28", 1, "2028-02-27"),
}


@pytest.mark.parametrize(("start", "years", "last"), CASES.values(), ids=CASES.keys())
def test_last_day(start: str, years: int, last: str) -> None:
    assert last_day(dt.date.fromisoformat(start), years) == dt.date.fromisoformat(last)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)), st.integers(1, 5))
def test_a_term_is_as_long_as_its_years(start: dt.date, years: int) -> None:
    days = (last_day(start, years) - start).days + 1
    assert 365 * years <= days <= 365 * years + 2


def test_a_lot_runs_from_its_start_through_its_last_day() -> None:
    start, last = dt.date(2026, 9, 3), dt.date(2027, 9, 2)
    day = dt.timedelta(days=1)
    assert [runs_on(on, start, last) for on in (start - day, start, last, last + day)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_lot_without_a_last_day_has_no_end() -> None:
    assert runs_on(dt.date(2126, 1, 1), dt.date(2026, 9, 3), None)


STANDINGS = {
    # last valid day → where the lot stands on 24 November 2026
    "no-end": (None, Standing.RUNS),
    "91-days-on": (dt.date(2027, 2, 23), Standing.RUNS),
    "90-days-on": (dt.date(2027, 2, 22), Standing.SOON),
    "today": (dt.date(2026, 11, 24), Standing.SOON),
    "yesterday": (dt.date(2026, 11, 23), Standing.ENDED),
}


@pytest.mark.parametrize(("last", "stands"), STANDINGS.values(), ids=STANDINGS.keys())
def test_standing(last: dt.date | None, stands: Standing) -> None:
    assert standing(dt.date(2026, 11, 24), last) is stands


def test_days_are_left_until_the_last_valid_day_and_then_are_less_than_none() -> None:
    last = dt.date(2026, 11, 24)
    days = [dt.date(2026, 11, 14), last, dt.date(2026, 11, 27)]
    assert [days_left(day, last) for day in days] == [10, 0, -3]
