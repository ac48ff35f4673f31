"""Where the bars of subscriptions stand, in percent."""

import datetime as dt

from licensing.coverage import HeldLot
from licensing.parts import Part
from portal.customers.installations.terms_chart import MAX_YEARS, draw

PART = Part("VS-ES1", "VAI", term_years=1)


def lot(start: dt.date, last_day: dt.date) -> HeldLot:
    return HeldLot(PART, 1, start, last_day)


def number(percent: str) -> float:
    return float(percent.removesuffix("%"))


def test_bars_and_today_lie_inside_and_keep_their_ratio() -> None:
    year = lot(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    three = lot(dt.date(2026, 1, 1), dt.date(2028, 12, 31))
    chart = draw([year, three], dt.date(2026, 7, 2))
    short, long = chart.bars
    assert short.start == long.start
    assert round(number(long.width) / number(short.width), 2) == 3.0
    assert 0 < number(long.start) < number(chart.today) < 100
    assert number(long.start) + number(long.width) < 100
    assert [mark.label for mark in chart.years][:3] == ["2026", "2027", "2028"]


def test_today_is_shown_where_everything_ended_or_nothing_began() -> None:
    only = lot(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert 90 < number(draw([only], dt.date(2026, 1, 1)).today) < 100
    assert 0 < number(draw([only], dt.date(2022, 1, 1)).today) < 10


def test_long_times_have_few_labels_and_none_sticks_out() -> None:
    chart = draw([lot(dt.date(2010, 5, 1), dt.date(2040, 4, 30))], dt.date(2026, 1, 1))
    assert 3 <= len(chart.years) <= MAX_YEARS
    assert all(number(mark.at) < 92 for mark in chart.years if mark.label)


def test_a_single_day_is_drawn() -> None:
    today = dt.date(2026, 11, 24)
    (bar,) = draw([lot(today, today)], today).bars
    assert number(bar.width) == 100
