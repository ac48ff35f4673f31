"""On which days people are told, by the rule alone: no database, no clock."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.time_zones import local_date
from notifications.rules.schedule import (
    CHANGEOVER,
    EXPIRY_STEPS,
    Due,
    Reader,
    Subject,
    Timetable,
    due_step,
    expiry_timetable,
    notices_due,
)
from tests.pure.notice_days import DAY, ZONES, days_of, expected

END = dt.date(2026, 11, 30)  # a last valid day
LONG_AGO = dt.date(2020, 1, 1)


def told_on(
    days: int, *told: int, since: int = -1000, steps: Iterable[int] = EXPIRY_STEPS
) -> object:
    """The step that is due that many days after the last valid day."""
    return due_step(
        expiry_timetable(list(steps)), END, END + days * DAY, since=END + since * DAY, told=told
    )


@pytest.mark.parametrize(
    ("today", "told", "due"),
    [
        pytest.param(-91, (), None, id="a-day-too-early"),
        pytest.param(-90, (), -90, id="on-the-day"),
        pytest.param(-90, (-90,), None, id="the-second-run-of-the-day"),
        pytest.param(-61, (-90,), None, id="between-two-steps"),
        pytest.param(-60, (-90,), -60, id="the-next-step"),
        pytest.param(-45, (-90,), -60, id="missed-and-made-up"),
        pytest.param(-45, (), -60, id="two-missed-only-the-most-urgent"),
        pytest.param(-5, (-90,), -7, id="three-missed-only-the-most-urgent"),
        pytest.param(0, (-90, -60, -30, -7), 0, id="the-last-valid-day"),
        pytest.param(1, (-90, -60, -30, -7), 0, id="the-day-after-makes-up-the-last"),
        pytest.param(7, (0,), 7, id="a-week-after"),
        pytest.param(9, (), 7, id="a-week-after-made-up"),
        pytest.param(30, (0,), 7, id="the-last-day-to-make-up"),
        pytest.param(31, (0,), None, id="too-late-to-be-of-use"),
        pytest.param(300, (), None, id="imported-when-long-ended"),
        pytest.param(-45, (-7,), None, id="a-clock-that-went-back"),
    ],
)
def test_which_step_is_due(today: int, told: tuple[int, ...], due: int | None) -> None:
    assert told_on(today, *told) == due


@pytest.mark.parametrize(
    ("since", "today", "due"),
    [
        (-20, -20, None),  # what came before they were there is not made up
        (-20, -7, -7),
        (-30, -30, -30),  # the very day counts
        (-29, -29, None),
        (8, 8, None),
    ],
)
def test_who_comes_later_is_told_what_comes_later(since: int, today: int, due: int | None) -> None:
    assert told_on(today, since=since) == due


def test_an_installation_may_choose_its_steps() -> None:
    assert [told_on(days, steps=[-30, 7]) for days in (-90, -30, 0, 7)] == [None, -30, -30, 7]
    assert told_on(-30, -90, steps=[-30, 7]) == -30
    assert [told_on(days, steps=[]) for days in (-90, 0, 7)] == [None] * 3


def test_reminders_come_until_half_a_year_after() -> None:
    issued = dt.date(2026, 3, 1)
    told: list[int] = []
    for days in range(400):
        step = due_step(CHANGEOVER, issued, issued + days * DAY, since=issued, told=told)
        if step is not None:
            assert step == days
            told.append(step)
    assert told == [7, 14, 30, 60, 90, 120, 150, 180]


def test_one_mail_a_day_has_all_that_is_due() -> None:
    today = END
    subjects = [Subject(1, END, LONG_AGO), Subject(2, END + 30 * DAY, LONG_AGO)]
    early, late = Reader("a", LONG_AGO), Reader("b", END - DAY)
    everything = notices_due(
        expiry_timetable(), subjects, [early, late], told={}, told_today=(), today=today
    )
    assert everything == {
        "a": (Due(1, 0), Due(2, -30)),
        "b": (Due(1, 0), Due(2, -30)),
    }
    rest = notices_due(
        expiry_timetable(),
        subjects,
        [early, late],
        told={(1, "a"): [0]},
        told_today={"a"},
        today=today,
    )
    assert rest == {"b": (Due(1, 0), Due(2, -30))}
    tomorrow = notices_due(
        expiry_timetable(),
        subjects,
        [early],
        told={(1, "a"): [0]},
        told_today=(),
        today=today + DAY,
    )
    assert tomorrow == {"a": (Due(2, -30),)}


def test_what_is_bought_today_is_in_todays_confirmation() -> None:
    subject = Subject(1, END, END - 30 * DAY)
    due = [
        notices_due(
            expiry_timetable(),
            [subject],
            [Reader("a", LONG_AGO)],
            told={},
            told_today=(),
            today=END - days * DAY,
        )
        for days in (30, 29, 7)
    ]
    assert due == [{}, {}, {"a": (Due(1, -7),)}]


# Whatever the running pattern ------------------------------------------------------------

# All clocks of these zones that change do so within these times.
SPRING = (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 4, 12, tzinfo=dt.UTC))
AUTUMN = (dt.datetime(2026, 9, 20, tzinfo=dt.UTC), dt.datetime(2026, 11, 8, tzinfo=dt.UTC))


def run_all(
    runs: Iterable[dt.datetime], zone: str, ends: Sequence[dt.date]
) -> list[list[tuple[int, dt.date]]]:
    """The steps that the runs tell of each lot, with the local day. What was
    told is kept between them, as the database does."""
    subjects = [Subject(key, last_day, LONG_AGO) for key, last_day in enumerate(ends)]
    told: dict[tuple[int, str], list[int]] = defaultdict(list)
    mailed: set[dt.date] = set()
    sent: list[list[tuple[int, dt.date]]] = [[] for _ in ends]
    for at in runs:
        today = local_date(at, zone)
        due = notices_due(
            expiry_timetable(),
            subjects,
            [Reader("a", LONG_AGO)],
            told=told,
            told_today={"a"} if today in mailed else (),
            today=today,
        )
        for each in due.get("a", ()):
            told[each.key, "a"].append(each.step)
            sent[each.key].append((each.step, today))
            mailed.add(today)
    return sent


def moments(first: dt.datetime, last: dt.datetime) -> st.SearchStrategy[dt.datetime]:
    minutes = int((last - first).total_seconds() // 60)
    return st.integers(0, minutes).map(lambda minute: first + dt.timedelta(minutes=minute))


@settings(max_examples=150)
@given(
    runs=st.lists(moments(*SPRING) | moments(*AUTUMN), max_size=40),
    twice=st.booleans(),
    ends=st.lists(
        st.tuples(st.dates(dt.date(2026, 2, 1), dt.date(2027, 2, 10)), st.sampled_from(ZONES)),
        min_size=1,
        max_size=5,
    ),
)
def test_any_runs_at_all_tell_each_step_once_and_the_most_urgent_of_what_was_missed(
    runs: list[dt.datetime], twice: bool, ends: list[tuple[dt.date, str]]
) -> None:
    runs = sorted(runs * 2 if twice else runs)
    for last_day, zone in ends:
        assert run_all(runs, zone, [last_day]) == [expected(days_of(runs, zone), last_day)]


@pytest.mark.parametrize(
    "change",
    [
        dt.datetime(2026, 3, 8, 8, tzinfo=dt.UTC),  # Chicago loses an hour
        dt.datetime(2026, 11, 1, 7, tzinfo=dt.UTC),  # and has one twice
    ],
    ids=["spring", "autumn"],
)
def test_a_thousand_lots_in_ten_zones_while_the_clocks_change(change: dt.datetime) -> None:
    """A hundred lots in each zone, each with a step within eight days of that moment."""
    chance = random.Random(4711)
    first = change - 9 * DAY
    often = [first + dt.timedelta(hours=3 * count) for count in range(18 * 8)]
    nightly, rarely = often[::8], sorted(chance.sample(often, 5))
    for zone in ZONES:
        ends = [
            change.date() - (chance.choice(EXPIRY_STEPS) + chance.randint(-8, 8)) * DAY
            for _ in range(100)
        ]
        for runs in (often, nightly, rarely):
            days = days_of(runs, zone)
            assert run_all(runs, zone, ends) == [expected(days, last_day) for last_day in ends]
        began = local_date(first, zone)
        for last_day, told in zip(ends, run_all(often, zone, ends), strict=True):
            assert told, "each lot has a step in these days"
            late = [day for step, day in told if day != last_day + step * DAY]
            assert late in ([], [began]), "each on its day, but for what came before the first run"


def test_a_plan_without_steps_has_no_days() -> None:
    assert Timetable(frozenset(), 30).reach == (30, 30)
    assert expiry_timetable().reach == (-90, 30)


@pytest.mark.parametrize(
    ("bought", "reads", "due"),
    [
        pytest.param(-31, -1000, True, id="bought-the-day-before-the-step"),
        pytest.param(-30, -1000, False, id="bought-on-the-day-of-the-step"),
        pytest.param(-1000, -30, True, id="reads-from-the-day-of-the-step-on"),
        pytest.param(-1000, -29, False, id="reads-from-the-day-after-it-on"),
    ],
)
def test_a_step_is_for_those_who_were_there(bought: int, reads: int, due: bool) -> None:
    found = notices_due(
        expiry_timetable(),
        [Subject(1, END, END + bought * DAY)],
        [Reader("a", END + reads * DAY)],
        told={},
        told_today=(),
        today=END - 29 * DAY,
    )
    assert found == ({"a": (Due(1, -30),)} if due else {})


def test_what_one_was_told_another_was_not() -> None:
    readers = [Reader("a", LONG_AGO), Reader("b", LONG_AGO)]
    subjects = iter([Subject(1, END, LONG_AGO), Subject(2, END, LONG_AGO)])
    told = {(1, "a"): [0], (2, "b"): [0]}
    found = notices_due(expiry_timetable(), subjects, readers, told=told, told_today=(), today=END)
    assert found == {"a": (Due(2, 0),), "b": (Due(1, 0),)}


def test_steps_are_made_up_for_thirty_days() -> None:
    assert expiry_timetable([-7]) == Timetable(frozenset({-7}), 30)
    assert expiry_timetable() == Timetable(frozenset(EXPIRY_STEPS), 30)
