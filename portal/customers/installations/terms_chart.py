"""Subscriptions as bars in time. Coordinates are in percent, so it needs no inline style."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from licensing.coverage import HeldLot

MAX_YEARS = 6  # labels that fit beside each other on a phone
LAST_LABEL = 92.0  # percent: further right a label would stick out
MARGIN = 0.03  # of the time shown, free on both sides


@dataclass(frozen=True, slots=True)
class Year:
    at: str
    label: str  # empty if there is no room


@dataclass(frozen=True, slots=True)
class Bar:
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class TermsChart:
    years: Sequence[Year]  # each 1 January that is shown
    today: str
    bars: Sequence[Bar]  # one for each lot


@dataclass(frozen=True, slots=True)
class _Scale:
    first: dt.date
    days: int

    def at(self, day: dt.date) -> float:
        """Where the day begins, in percent."""
        return 100 * (day - self.first).days / self.days


def draw(lots: Sequence[HeldLot], today: dt.date) -> TermsChart:
    """The chart of lots that all have a last day; at least one."""
    spans = [(lot.starts_on, _after(lot)) for lot in lots]
    scale = _scale([today, *(day for span in spans for day in span)])
    return TermsChart(
        years=_years(scale),
        today=_percent(scale.at(today)),
        bars=[
            Bar(_percent(scale.at(start)), _percent(scale.at(end) - scale.at(start)))
            for start, end in spans
        ],
    )


def _after(lot: HeldLot) -> dt.date:
    """The first day on which the lot is no longer valid."""
    if lot.last_day is None:
        raise ValueError("A lot without an end has no bar.")
    return lot.last_day + dt.timedelta(days=1)


def _scale(days: Sequence[dt.date]) -> _Scale:
    first, last = min(days), max(days)
    margin = round((last - first).days * MARGIN)
    return _Scale(first - dt.timedelta(days=margin), (last - first).days + 2 * margin)


def _years(scale: _Scale) -> list[Year]:
    last = scale.first + dt.timedelta(days=scale.days)
    years = range(scale.first.year + 1, last.year + 1)
    step = -(-len(years) // MAX_YEARS) or 1
    return [_year(year, scale.at(dt.date(year, 1, 1))) for year in years[::step]]


def _year(year: int, at: float) -> Year:
    return Year(_percent(at), str(year) if at < LAST_LABEL else "")


def _percent(value: float) -> str:
    return f"{value:.2f}%"
