"""All that is written down of a line: what it takes, what it puts in, and why it can't be."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from licensing.coverage import HeldLot, MissingBase, NotCovered
from licensing.parts import Part
from licensing.serial_policy import Action, Outcome
from orders.rules.allocation import Flaw, LineProblem
from orders.rules.forecast import Draw, NewLot, SiteHoldings, forecast
from orders.rules.lines import OrderedLine
from tests.pure.catalog import PARTS, POLICY, add, renew, site, upgrade

ON = dt.date(2026, 11, 24)
YESTERDAY = dt.date(2026, 11, 23)
LATE_2027, LATE_2028 = dt.date(2027, 11, 30), dt.date(2028, 11, 30)
LONG_AGO, LATER = dt.date(2024, 3, 1), dt.date(2025, 3, 1)


def lot(
    key: int,
    part: str,
    quantity: int,
    end: dt.date | None,
    start: dt.date = LONG_AGO,
    *,
    renewed: int = 0,
) -> HeldLot:
    return HeldLot(PARTS[part], quantity, start, end, renewed, key)


# What is taken, and put in ---------------------------------------------------------------------


def test_an_upgrade_says_what_it_takes_from_each_lot_and_what_it_puts_in() -> None:
    there = site(lot(31, "VS-ES1", 2, LATE_2027, renewed=1), lot(32, "VS-ES1", 4, LATE_2027, LATER))
    plan = forecast(there, [replace(upgrade("VS-ES1", "VS-ADV1", 6), position=7)], POLICY, ON)
    assert plan.draws == (
        Draw(7, 31, "VS-ES1", -2, -1, held_before=6, held_after=4),
        Draw(7, 32, "VS-ES1", -4, 0, held_before=4, held_after=0),
    )
    assert plan.lots == (
        NewLot(7, "VS-ADV1", 6, ON, LATE_2027, held_before=0, held_after=6, renewed=1),
    )


def test_a_renewal_leaves_the_units_where_they_are_until_they_end() -> None:
    there = site(lot(31, "VS-ES1", 2, LATE_2027), lot(32, "VS-ES1", 4, LATE_2027, LATER))
    plan = forecast(there, [replace(renew("VS-ES1", "VS-ES3", 5), position=2)], POLICY, ON)
    assert plan.draws == (
        Draw(2, 31, "VS-ES1", 0, 2, held_before=6, held_after=6),
        Draw(2, 32, "VS-ES1", 0, 3, held_before=6, held_after=6),
    )
    assert plan.lots == (
        NewLot(2, "VS-ES3", 5, dt.date(2027, 12, 1), dt.date(2030, 11, 30), 0, 0, renewed=0),
    )


def test_an_upgrade_takes_what_is_not_renewed_from_all_lots_first() -> None:
    there = site(
        lot(1, "VS-ES1", 3, LATE_2027, renewed=2),
        lot(2, "VS-ES1", 3, LATE_2027, LATER, renewed=1),
    )
    lines = [upgrade("VS-ES1", "VS-ADV1", 4), upgrade("VS-ES1", "VS-ADV1", 2)]
    plan = forecast(there, lines, POLICY, ON)
    assert [(draw.lot, draw.quantity, draw.renewed) for draw in plan.draws] == [
        (1, -2, -1),
        (2, -2, 0),
        (1, -1, -1),
        (2, -1, -1),
    ]
    assert [new.renewed for new in plan.lots] == [1, 2]


def test_an_upgrade_leaves_alone_the_lots_that_it_does_not_need() -> None:
    there = site(lot(1, "VS-ES1", 3, LATE_2027), lot(2, "VS-ES1", 3, LATE_2027, LATER))
    upgraded = forecast(there, [upgrade("VS-ES1", "VS-ADV1", 3)], POLICY, ON)
    renewed = forecast(there, [renew("VS-ES1", "VS-ES1", 3)], POLICY, ON)
    assert [draw.lot for draw in (*upgraded.draws, *renewed.draws)] == [1, 1]


def test_what_was_renewed_by_a_line_is_not_renewed_again_and_can_be_upgraded() -> None:
    there = site(lot(1, "VS-ES1", 3, LATE_2027))
    lines = [renew("VS-ES1", "VS-ES1", 2), upgrade("VS-ES1", "VS-ADV1", 2)]
    plan = forecast(there, lines, POLICY, ON)
    assert [(draw.quantity, draw.renewed) for draw in plan.draws] == [(0, 2), (-2, -1)]
    again = [*lines, renew("VS-ES1", "VS-ES1", 1)]
    (problem,) = forecast(there, again, POLICY, ON).line_problems
    assert problem.flaw is Flaw.NOT_HELD


def test_what_a_line_renews_comes_on_top_of_what_was_renewed_before() -> None:
    there = site(lot(1, "VS-ES1", 3, LATE_2027, renewed=1))
    lines = [renew("VS-ES1", "VS-ES1", 1), renew("VS-ES1", "VS-ES1", 2)]
    (problem,) = forecast(there, lines, POLICY, ON).line_problems
    assert (problem.flaw, problem.there) == (Flaw.TOO_FEW, 1)


def test_lots_are_taken_in_the_order_of_their_start_and_then_of_their_key() -> None:
    there = site(
        lot(9, "VS-ES1", 1, LATE_2027, LATER),
        lot(3, "VS-ES1", 1, LATE_2027, LATER),
        lot(5, "VS-ES1", 1, LATE_2027),
    )
    plan = forecast(there, [upgrade("VS-ES1", "VS-ADV1", 3)], POLICY, ON)
    assert [draw.lot for draw in plan.draws] == [5, 3, 9]


def test_a_kit_with_a_subscription_in_it_has_its_term() -> None:
    pack = Part("VS-Pack", "VAI", kit_of=PARTS["VS-ES1"], kit_quantity=4)
    start = dt.date(2027, 1, 1)
    plan = forecast(
        SiteHoldings(), [OrderedLine(1, Action.ADD, pack, 2, starts_on=start)], POLICY, ON
    )
    assert plan.line_problems == ()
    assert plan.lots == (NewLot(1, "VS-ES1", 8, start, dt.date(2027, 12, 31), 0, 0),)


def test_a_renewal_of_what_has_no_end_starts_on_the_day_of_issue() -> None:
    plan = forecast(site(lot(1, "VS-ES1", 2, None)), [renew("VS-ES1", "VS-ES1", 2)], POLICY, ON)
    assert [(new.starts_on, new.last_day) for new in plan.lots] == [(ON, dt.date(2027, 11, 23))]


def test_what_is_held_is_counted_before_the_order_and_after_it() -> None:
    there = site(lot(1, "VS-ES1", 5, LATE_2027), lot(2, "ISS-Expert", 3, None))
    plan = forecast(there, [upgrade("VS-ES1", "VS-ADV1", 2)], POLICY, ON)
    assert plan.before == {PARTS["VS-ES1"]: 5, PARTS["ISS-Expert"]: 3}
    assert plan.after == {PARTS["VS-ES1"]: 3, PARTS["VS-ADV1"]: 2, PARTS["ISS-Expert"]: 3}


def test_each_line_is_an_action_of_its_family() -> None:
    """A family reissues where one of its own lines does."""
    only_renewals = {"ISS": frozenset({Action.ADD}), "VAI": frozenset({Action.RENEW})}
    there = site(lot(1, "VS-ES1", 5, LATE_2027), lot(2, "ISS-Expert", 3, None))
    lines = [add("VS-ES1", 1), renew("VS-ES1", "VS-ES1", 5)]
    plan = forecast(there, lines, only_renewals, ON)
    assert plan.outcomes == {"VAI": Outcome.REPLACES, "ISS": Outcome.NOT_CHANGED}
    assert forecast(there, lines[:1], only_renewals, ON).outcomes["VAI"] is Outcome.STAYS


# Base licenses ---------------------------------------------------------------------------------

EXPERT, BACKUP = PARTS["ISS-Expert"], PARTS["ISS-Backup"]
LARGE = Part("ISS-Large", "ISS")
STRICT = replace(BACKUP, requires_one_each=True)


def away(units: int) -> OrderedLine:
    """Expert licenses become something that is no base."""
    return OrderedLine(1, Action.UPGRADE, LARGE, units, EXPERT, is_upgrade_path=True)


def iss(part: Part, quantity: int) -> HeldLot:
    return HeldLot(part, quantity, LONG_AGO, None)


def test_what_is_strict_and_held_is_refused_where_its_bases_are_upgraded_away() -> None:
    plan = forecast(site(iss(EXPERT, 3), iss(STRICT, 3)), [away(1)], POLICY, ON)
    assert plan.missing == (NotCovered("ISS-Backup", "ISS-Expert", 3, 2),)
    assert plan.warnings == ()


def test_the_very_last_unit_that_is_left_without_its_base_is_refused() -> None:
    plan = forecast(site(iss(EXPERT, 1), iss(BACKUP, 1)), [away(1)], POLICY, ON)
    assert plan.missing == (MissingBase("ISS-Backup", "ISS-Expert", 1),)


def test_what_was_short_before_is_not_held_against_an_order_that_takes_no_base() -> None:
    plan = forecast(site(iss(EXPERT, 1), iss(BACKUP, 3)), [add("VS-ES1", 1)], POLICY, ON)
    assert (plan.missing, plan.warnings) == ((), ())


# What can't be ---------------------------------------------------------------------------------

TWO_ENDS = site(lot(1, "VS-ES1", 5, LATE_2028), lot(2, "VS-ES1", 2, LATE_2027))
REFUSED: dict[str, tuple[SiteHoldings, OrderedLine, LineProblem]] = {
    # the site, the line → its problem, field by field
    "too-few": (
        TWO_ENDS,
        replace(upgrade("VS-ES1", "VS-ADV1", 6, LATE_2028), position=3),
        LineProblem(3, Flaw.TOO_FEW, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=6, there=5),
    ),
    "too-few-to-renew": (
        site(lot(1, "VS-ES1", 5, LATE_2028, renewed=3)),
        replace(renew("VS-ES1", "VS-ES1", 4), position=2),
        LineProblem(2, Flaw.TOO_FEW, Action.RENEW, "VS-ES1", "VS-ES1", wanted=4, there=2),
    ),
    "which-lot": (
        TWO_ENDS,
        replace(renew("VS-ES1", "VS-ES3", 1), position=2),
        LineProblem(
            2,
            Flaw.WHICH_LOT,
            Action.RENEW,
            "VS-ES3",
            "VS-ES1",
            wanted=1,
            ends=(LATE_2027, LATE_2028),
        ),
    ),
    "nothing-named": (
        TWO_ENDS,
        OrderedLine(4, Action.RENEW, PARTS["VS-ES1"], 2),
        LineProblem(4, Flaw.NOT_HELD, Action.RENEW, "VS-ES1", "", wanted=2),
    ),
    "not-held": (
        site(),
        replace(renew("VS-ES1", "VS-ES1", 2), position=5),
        LineProblem(5, Flaw.NOT_HELD, Action.RENEW, "VS-ES1", "VS-ES1", wanted=2),
    ),
    "a-kit": (
        TWO_ENDS,
        replace(upgrade("VS-ES1", "ISS-ExpertStarterPack", 1), position=6),
        LineProblem(6, Flaw.KIT, Action.UPGRADE, "ISS-ExpertStarterPack", "VS-ES1", wanted=1),
    ),
    "a-start-of-a-license": (
        site(),
        replace(add("ISS-Expert", 1, starts_on=ON), position=8),
        LineProblem(8, Flaw.NO_START, Action.ADD, "ISS-Expert", wanted=1),
    ),
    "a-start-that-is-too-far": (
        site(),
        replace(add("VS-ES1", 1, starts_on=dt.date(2100, 1, 1)), position=8),
        LineProblem(8, Flaw.START_TOO_FAR, Action.ADD, "VS-ES1", wanted=1),
    ),
    "a-start-of-a-renewal": (
        TWO_ENDS,
        replace(renew("VS-ES1", "VS-ES1", 1, LATE_2028, starts_on=ON), position=9),
        LineProblem(9, Flaw.NO_START, Action.RENEW, "VS-ES1", "VS-ES1", wanted=1),
    ),
    "no-upgrade": (
        TWO_ENDS,
        upgrade("VS-ES1", "VS-ADV3", 1),
        LineProblem(1, Flaw.NO_PATH, Action.UPGRADE, "VS-ADV3", "VS-ES1", wanted=1),
    ),
    "no-renewal": (
        TWO_ENDS,
        renew("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.NO_RENEWAL, Action.RENEW, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "ended": (
        site(lot(1, "VS-ES1", 1, YESTERDAY)),
        upgrade("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.ENDED, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "another-part-has-ended": (
        site(lot(1, "VS-ES3", 1, YESTERDAY)),
        upgrade("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.NOT_HELD, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "nothing-is-left-of-what-has-ended": (
        site(lot(1, "VS-ES1", 0, YESTERDAY)),
        upgrade("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.NOT_HELD, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "a-renewal-of-what-ended-and-is-renewed": (
        site(lot(1, "VS-ES1", 2, YESTERDAY, renewed=2)),
        renew("VS-ES1", "VS-ES1", 1),
        LineProblem(1, Flaw.NOT_HELD, Action.RENEW, "VS-ES1", "VS-ES1", wanted=1),
    ),
    "what-has-no-end-and-starts-later-has-not-ended": (
        site(lot(1, "VS-ES1", 2, None, LATE_2027)),
        upgrade("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.NOT_HELD, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "another-lot-than-the-one-that-ends-today": (
        site(lot(1, "VS-ES1", 2, ON)),
        upgrade("VS-ES1", "VS-ADV1", 1, LATE_2028),
        LineProblem(1, Flaw.NOT_HELD, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
    "what-ends-today-is-taken-already": (
        site(lot(1, "VS-ES1", 0, ON)),
        upgrade("VS-ES1", "VS-ADV1", 1),
        LineProblem(1, Flaw.NOT_HELD, Action.UPGRADE, "VS-ADV1", "VS-ES1", wanted=1),
    ),
}


@pytest.mark.parametrize(("there", "line", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_a_problem_says_all_about_its_line(
    there: SiteHoldings, line: OrderedLine, problem: LineProblem
) -> None:
    assert forecast(there, [line], POLICY, ON).line_problems == (problem,)


@pytest.mark.parametrize(
    ("start", "flaw"),
    [
        (dt.date(1999, 12, 31), [Flaw.START_TOO_FAR]),
        (dt.date(2000, 1, 1), []),
        (dt.date(2099, 12, 31), []),
        (dt.date(2100, 1, 1), [Flaw.START_TOO_FAR]),
    ],
)
def test_a_subscription_starts_in_this_century(start: dt.date, flaw: list[Flaw]) -> None:
    plan = forecast(site(), [add("VS-ES1", 1, starts_on=start)], POLICY, ON)
    assert [problem.flaw for problem in plan.line_problems] == flaw


def test_a_line_that_can_not_be_does_not_stop_the_others() -> None:
    lines = [renew("VS-ES1", "VS-ES1", 1), add("VS-ES1", 2), renew("VS-ES3", "VS-ES3", 1)]
    plan = forecast(site(), lines, POLICY, ON)
    assert [problem.source for problem in plan.line_problems] == ["VS-ES1", "VS-ES3"]
    assert [new.quantity for new in plan.lots] == [2]
