"""A line changes the lots (docs/domain.md, "Line actions"), case by case."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from licensing.coverage import HeldLot
from orders.rules.allocation import Flaw
from orders.rules.forecast import forecast
from orders.rules.lines import OrderedLine
from tests.pure.catalog import PARTS, POLICY, add, renew, site, upgrade

ON = dt.date(2026, 11, 24)
YESTERDAY, TOMORROW = dt.date(2026, 11, 23), dt.date(2026, 11, 25)
LATE_2027, LATE_2028 = dt.date(2027, 11, 30), dt.date(2028, 11, 30)


def lot(part: str, quantity: int, end: dt.date | None = None, **more: Any) -> HeldLot:
    """Started long ago, unless it says when."""
    return HeldLot(
        PARTS[part], quantity, **{"starts_on": dt.date(2024, 3, 1), **more}, last_day=end
    )


def keyed(*lots: HeldLot) -> list[HeldLot]:
    return [replace(each, key=number) for number, each in enumerate(lots, start=1)]


SERVED: dict[str, tuple[list[HeldLot], list[OrderedLine], list[Any], list[Any], dict[str, int]]] = {
    # the lots there, numbered from 1; the lines
    # → new lots: part, units, start, last day, renewed; draws: lot, units, renewed; holdings
    "add-a-license": (
        [lot("ISS-Expert", 3)],
        [add("ISS-Expert", 2)],
        [("ISS-Expert", 2, ON, None, 0)],
        [],
        {"ISS-Expert": 5},
    ),
    "add-a-kit": (
        [lot("ISS-Expert", 3)],
        [add("ISS-ExpertStarterPack", 2)],
        [("ISS-Expert", 8, ON, None, 0)],
        [],
        {"ISS-Expert": 11},
    ),
    "add-one-year": (
        [],
        [add("VS-ES1", 4)],
        [("VS-ES1", 4, ON, dt.date(2027, 11, 23), 0)],
        [],
        {"VS-ES1": 4},
    ),
    "add-three-years": (
        [],
        [add("VS-ADV3", 4)],
        [("VS-ADV3", 4, ON, dt.date(2029, 11, 23), 0)],
        [],
        {"VS-ADV3": 4},
    ),
    "add-five-years-that-staff-start-later": (
        [],
        [add("VS-ES5", 4, starts_on=dt.date(2027, 1, 1))],
        [("VS-ES5", 4, dt.date(2027, 1, 1), dt.date(2031, 12, 31), 0)],
        [],
        {},
    ),
    "add-a-term-that-started-earlier": (
        [],
        [add("VS-ES1", 4, starts_on=dt.date(2026, 1, 1))],
        [("VS-ES1", 4, dt.date(2026, 1, 1), dt.date(2026, 12, 31), 0)],
        [],
        {"VS-ES1": 4},
    ),
    "add-a-term-that-is-over-already": (
        [],
        [add("VS-ES1", 4, starts_on=dt.date(2024, 1, 1))],
        [("VS-ES1", 4, dt.date(2024, 1, 1), dt.date(2024, 12, 31), 0)],
        [],
        {},
    ),
    "upgrade-some-licenses": (
        [lot("ISS-Expert", 5)],
        [upgrade("ISS-Expert", "ISS-ExpertPlus", 2)],
        [("ISS-ExpertPlus", 2, ON, None, 0)],
        [(1, -2, 0)],
        {"ISS-Expert": 3, "ISS-ExpertPlus": 2},
    ),
    "upgrade-all-of-several-lots": (
        [lot("ISS-Expert", 2), lot("ISS-Expert", 3, starts_on=dt.date(2025, 1, 1))],
        [upgrade("ISS-Expert", "ISS-ExpertPlus", 5)],
        [("ISS-ExpertPlus", 5, ON, None, 0)],
        [(1, -2, 0), (2, -3, 0)],
        {"ISS-ExpertPlus": 5},
    ),
    "upgraded-units-keep-their-end": (
        [lot("VS-ES1", 5, LATE_2027)],
        [upgrade("VS-ES1", "VS-ADV1", 2)],
        [("VS-ADV1", 2, ON, LATE_2027, 0)],
        [(1, -2, 0)],
        {"VS-ES1": 3, "VS-ADV1": 2},
    ),
    "upgrade-on-the-last-valid-day": (
        [lot("VS-ES1", 5, ON)],
        [upgrade("VS-ES1", "VS-ADV1", 5)],
        [("VS-ADV1", 5, ON, ON, 0)],
        [(1, -5, 0)],
        {"VS-ADV1": 5},
    ),
    "upgrade-the-lot-that-is-named": (
        [lot("VS-ES1", 5, LATE_2027), lot("VS-ES1", 5, LATE_2028)],
        [upgrade("VS-ES1", "VS-ADV1", 2, LATE_2028)],
        [("VS-ADV1", 2, ON, LATE_2028, 0)],
        [(2, -2, 0)],
        {"VS-ES1": 8, "VS-ADV1": 2},
    ),
    "upgrade-the-one-that-runs-beside-one-that-ended": (
        [lot("VS-ES1", 5, YESTERDAY), lot("VS-ES1", 4, LATE_2027)],
        [upgrade("VS-ES1", "VS-ADV1", 4)],
        [("VS-ADV1", 4, ON, LATE_2027, 0)],
        [(2, -4, 0)],
        {"VS-ADV1": 4},
    ),
    "lots-with-the-same-end-are-interchangeable": (
        [
            lot("VS-ES3", 2, LATE_2027, starts_on=dt.date(2024, 12, 1)),
            lot("VS-ES3", 2, LATE_2027, starts_on=dt.date(2025, 2, 1)),
        ],
        [upgrade("VS-ES3", "VS-ADV3", 3)],
        [("VS-ADV3", 3, ON, LATE_2027, 0)],
        [(1, -2, 0), (2, -1, 0)],
        {"VS-ES3": 1, "VS-ADV3": 3},
    ),
    "upgrade-takes-what-is-not-renewed-first": (
        [lot("VS-ES1", 5, LATE_2027, renewed=3)],
        [upgrade("VS-ES1", "VS-ADV1", 4)],
        [("VS-ADV1", 4, ON, LATE_2027, 2)],
        [(1, -4, -2)],
        {"VS-ES1": 1, "VS-ADV1": 4},
    ),
    "upgrade-twice-what-is-renewed": (
        [lot("VS-ES1", 5, LATE_2027, renewed=3)],
        [upgrade("VS-ES1", "VS-ADV1", 4), upgrade("VS-ES1", "VS-ADV1", 1)],
        [("VS-ADV1", 4, ON, LATE_2027, 2), ("VS-ADV1", 1, ON, LATE_2027, 1)],
        [(1, -4, -2), (1, -1, -1)],
        {"VS-ADV1": 5},
    ),
    "renew-early-from-the-old-end": (
        [lot("VS-ES1", 5, LATE_2027)],
        [renew("VS-ES1", "VS-ES1", 5)],
        [("VS-ES1", 5, dt.date(2027, 12, 1), dt.date(2028, 11, 30), 0)],
        [(1, 0, 5)],
        {"VS-ES1": 5},
    ),
    "renew-on-the-last-valid-day": (
        [lot("VS-ES1", 5, ON)],
        [renew("VS-ES1", "VS-ES1", 5)],
        [("VS-ES1", 5, TOMORROW, ON.replace(year=2027), 0)],
        [(1, 0, 5)],
        {"VS-ES1": 5},
    ),
    "renew-late-from-the-issue-date": (
        [lot("VS-ES1", 5, dt.date(2025, 4, 30))],
        [renew("VS-ES1", "VS-ES1", 5)],
        [("VS-ES1", 5, ON, dt.date(2027, 11, 23), 0)],
        [(1, 0, 5)],
        {"VS-ES1": 5},
    ),
    "renew-a-day-late": (
        [lot("VS-ES1", 5, YESTERDAY)],
        [renew("VS-ES1", "VS-ES1", 5)],
        [("VS-ES1", 5, ON, dt.date(2027, 11, 23), 0)],
        [(1, 0, 5)],
        {"VS-ES1": 5},
    ),
    "renew-with-another-term-of-the-tier": (
        [lot("VS-ADV1", 5, LATE_2027)],
        [renew("VS-ADV1", "VS-ADV5", 5)],
        [("VS-ADV5", 5, dt.date(2027, 12, 1), dt.date(2032, 11, 30), 0)],
        [(1, 0, 5)],
        {"VS-ADV1": 5},
    ),
    "renew-a-part-the-rest-lapses": (
        [lot("VS-ES1", 5, YESTERDAY)],
        [renew("VS-ES1", "VS-ES3", 2)],
        [("VS-ES3", 2, ON, dt.date(2029, 11, 23), 0)],
        [(1, 0, 2)],
        {"VS-ES3": 2},
    ),
    "renew-what-is-not-renewed-yet": (
        [lot("VS-ES1", 5, LATE_2027, renewed=3)],
        [renew("VS-ES1", "VS-ES1", 2)],
        [("VS-ES1", 2, dt.date(2027, 12, 1), dt.date(2028, 11, 30), 0)],
        [(1, 0, 2)],
        {"VS-ES1": 5},
    ),
    "renew-the-lot-that-is-named": (
        [lot("VS-ES1", 5, LATE_2027), lot("VS-ES1", 5, LATE_2028)],
        [renew("VS-ES1", "VS-ES1", 5, LATE_2028)],
        [("VS-ES1", 5, dt.date(2028, 12, 1), dt.date(2029, 11, 30), 0)],
        [(2, 0, 5)],
        {"VS-ES1": 10},
    ),
    "renew-over-a-leap-day": (
        [lot("VS-ES1", 1, dt.date(2028, 2, 28))],
        [renew("VS-ES1", "VS-ES1", 1)],
        [("VS-ES1", 1, dt.date(2028, 2, 29), dt.date(2029, 2, 27), 0)],  # ends on 28 February
        [(1, 0, 1)],
        {"VS-ES1": 1},
    ),
    "an-ended-lot-is-renewed-and-what-is-left-of-another-upgraded": (
        [lot("VS-ES1", 2, YESTERDAY), lot("VS-ES3", 2, LATE_2027)],
        [renew("VS-ES1", "VS-ES1", 2), upgrade("VS-ES3", "VS-ADV3", 1)],
        [
            ("VS-ES1", 2, ON, dt.date(2027, 11, 23), 0),
            ("VS-ADV3", 1, ON, LATE_2027, 0),
        ],
        [(1, 0, 2), (2, -1, 0)],
        {"VS-ES1": 2, "VS-ES3": 1, "VS-ADV3": 1},
    ),
    "two-lines-never-get-the-same-unit": (
        [lot("VS-ES1", 3, LATE_2027), lot("VS-ES1", 2, LATE_2027)],
        [upgrade("VS-ES1", "VS-ADV1", 4), renew("VS-ES1", "VS-ES1", 1)],
        [
            ("VS-ADV1", 4, ON, LATE_2027, 0),
            ("VS-ES1", 1, dt.date(2027, 12, 1), dt.date(2028, 11, 30), 0),
        ],
        [(1, -3, 0), (2, -1, 0), (2, 0, 1)],
        {"VS-ES1": 1, "VS-ADV1": 4},
    ),
}


@pytest.mark.parametrize(
    ("lots", "lines", "brings", "draws", "holds"), SERVED.values(), ids=SERVED.keys()
)
def test_what_lines_do(
    lots: list[HeldLot],
    lines: list[OrderedLine],
    brings: list[Any],
    draws: list[Any],
    holds: dict[str, int],
) -> None:
    plan = forecast(site(*keyed(*lots)), lines, POLICY, ON)
    assert plan.line_problems == ()
    assert [
        (new.part_number, new.quantity, new.starts_on, new.last_day, new.renewed)
        for new in plan.lots
    ] == brings
    assert [(draw.lot, draw.quantity, draw.renewed) for draw in plan.draws] == draws
    assert {part.part_number: units for part, units in plan.after.items() if units} == holds


REFUSED: dict[str, tuple[list[HeldLot], OrderedLine, Flaw]] = {
    # the lots there, the line → what is wrong with it
    "upgrade-to-a-kit": (
        [lot("ISS-Expert", 5)],
        upgrade("ISS-Expert", "ISS-ExpertStarterPack", 1),
        Flaw.KIT,
    ),
    "renew-with-a-kit": (
        [lot("ISS-Expert", 5)],
        renew("ISS-Expert", "ISS-ExpertStarterPack", 1),
        Flaw.KIT,
    ),
    "upgrade-a-kit": (
        [lot("ISS-Expert", 5)],
        upgrade("ISS-ExpertStarterPack", "ISS-ExpertPlus", 1),
        Flaw.NO_PATH,
    ),
    "upgrade-nothing": (
        [],
        replace(upgrade("VS-ES1", "VS-ADV1", 1), source=None),
        Flaw.NOT_HELD,
    ),
    "upgrade-without-a-path": ([lot("VS-ES1", 5)], upgrade("VS-ES1", "VS-ADV3", 1), Flaw.NO_PATH),
    "upgrade-downward": ([lot("VS-ADV1", 5)], upgrade("VS-ADV1", "VS-ES1", 1), Flaw.NO_PATH),
    "upgrade-into-another-family": (
        [lot("ISS-Expert", 5)],
        upgrade("ISS-Expert", "VS-ADV1", 1),
        Flaw.NO_PATH,
    ),
    "upgrade-what-is-not-held": (
        [lot("VS-ES3", 5, LATE_2027)],
        upgrade("VS-ES1", "VS-ADV1", 1),
        Flaw.NOT_HELD,
    ),
    "upgrade-more-than-is-held": (
        [lot("VS-ES1", 5, LATE_2027)],
        upgrade("VS-ES1", "VS-ADV1", 6),
        Flaw.TOO_FEW,
    ),
    "upgrade-what-has-ended": (
        [lot("VS-ES1", 5, YESTERDAY)],
        upgrade("VS-ES1", "VS-ADV1", 1),
        Flaw.ENDED,
    ),
    "upgrade-what-has-not-started": (
        [lot("VS-ES1", 5, LATE_2027, starts_on=TOMORROW)],
        upgrade("VS-ES1", "VS-ADV1", 1),
        Flaw.NOT_HELD,
    ),
    "upgrade-one-of-several-ends": (
        [lot("VS-ES1", 5, LATE_2027), lot("VS-ES1", 5, LATE_2028)],
        upgrade("VS-ES1", "VS-ADV1", 1),
        Flaw.WHICH_LOT,
    ),
    "upgrade-a-lot-that-is-not-there": (
        [lot("VS-ES1", 5, LATE_2027)],
        upgrade("VS-ES1", "VS-ADV1", 1, LATE_2028),
        Flaw.NOT_HELD,
    ),
    "renew-another-tier": ([lot("VS-ES1", 5)], renew("VS-ES1", "VS-ADV1", 1), Flaw.NO_RENEWAL),
    "renew-what-is-no-subscription": (
        [lot("ISS-Expert", 5)],
        renew("ISS-Expert", "ISS-Expert", 1),
        Flaw.NO_RENEWAL,
    ),
    "renew-with-another-family": (
        [lot("VS-ES1", 5)],
        renew("VS-ES1", "ISS-Expert", 1),
        Flaw.NO_RENEWAL,
    ),
    "renew-what-is-not-held": ([], renew("VS-ES1", "VS-ES1", 1), Flaw.NOT_HELD),
    "renew-what-is-renewed": (
        [lot("VS-ES1", 5, LATE_2027, renewed=5)],
        renew("VS-ES1", "VS-ES1", 1),
        Flaw.NOT_HELD,
    ),
    "renew-more-than-is-not-renewed": (
        [lot("VS-ES1", 5, LATE_2027, renewed=3)],
        renew("VS-ES1", "VS-ES1", 3),
        Flaw.TOO_FEW,
    ),
    "renew-one-of-several-ends": (
        [lot("VS-ES1", 5, YESTERDAY), lot("VS-ES1", 5, LATE_2028)],
        renew("VS-ES1", "VS-ES1", 1),
        Flaw.WHICH_LOT,
    ),
    "start-a-license-later": ([], add("ISS-Expert", 1, starts_on=TOMORROW), Flaw.NO_START),
    "start-in-the-last-year-of-all": (
        [],
        add("VS-ES1", 1, starts_on=dt.date(9999, 12, 31)),
        Flaw.START_TOO_FAR,
    ),
    "start-before-there-were-any": (
        [],
        add("VS-ES1", 1, starts_on=dt.date(1, 1, 1)),
        Flaw.START_TOO_FAR,
    ),
    "start-an-upgrade-later": (
        [lot("VS-ES1", 5, LATE_2027)],
        upgrade("VS-ES1", "VS-ADV1", 1, starts_on=TOMORROW),
        Flaw.NO_START,
    ),
    "start-a-renewal-later": (
        [lot("VS-ES1", 5, LATE_2027)],
        renew("VS-ES1", "VS-ES1", 1, starts_on=TOMORROW),
        Flaw.NO_START,
    ),
}


@pytest.mark.parametrize(("lots", "line", "flaw"), REFUSED.values(), ids=REFUSED.keys())
def test_what_lines_cannot_do(lots: list[HeldLot], line: OrderedLine, flaw: Flaw) -> None:
    plan = forecast(site(*keyed(*lots)), [line], POLICY, ON)
    assert [problem.flaw for problem in plan.line_problems] == [flaw]
    assert (plan.lots, plan.draws, plan.after) == ((), (), plan.before)


def test_a_refused_line_says_how_many_there_are_and_which_ends() -> None:
    two = site(*keyed(lot("VS-ES1", 5, LATE_2028), lot("VS-ES1", 2, LATE_2027)))
    (few,) = forecast(two, [upgrade("VS-ES1", "VS-ADV1", 6, LATE_2028)], POLICY, ON).line_problems
    (which,) = forecast(two, [upgrade("VS-ES1", "VS-ADV1", 1)], POLICY, ON).line_problems
    assert (few.there, few.wanted) == (5, 6)
    assert which.ends == (LATE_2027, LATE_2028)


def test_what_an_order_adds_it_does_not_upgrade_itself() -> None:
    lines = [add("VS-ES1", 5), upgrade("VS-ES1", "VS-ADV1", 1)]
    (problem,) = forecast(site(), lines, POLICY, ON).line_problems
    assert problem.flaw is Flaw.NOT_HELD


def test_lines_take_what_the_lines_before_them_left() -> None:
    there = site(*keyed(lot("VS-ES1", 5, LATE_2027)))
    lines = [upgrade("VS-ES1", "VS-ADV1", 3), upgrade("VS-ES1", "VS-ADV1", 3)]
    (problem,) = forecast(there, lines, POLICY, ON).line_problems
    assert (problem.flaw, problem.there) == (Flaw.TOO_FEW, 2)


def test_two_lines_never_renew_the_same_unit() -> None:
    there = site(*keyed(lot("VS-ES1", 5, LATE_2027)))
    lines = [renew("VS-ES1", "VS-ES1", 3), renew("VS-ES1", "VS-ES3", 3)]
    (problem,) = forecast(there, lines, POLICY, ON).line_problems
    assert (problem.flaw, problem.there) == (Flaw.TOO_FEW, 2)
