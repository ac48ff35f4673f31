"""Why an order is held, and what it lacks then: the whole table."""

from __future__ import annotations

from itertools import product

import pytest

from orders.rules.holding import HeldFor, lacks_installation, reason_to_hold, takes_serial
from orders.rules.moves import State
from orders.rules.problems import (
    CompanyClosed,
    Problem,
    SerialAmbiguous,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
    TooManyMisses,
)

UNKNOWN, OTHER = SerialNotFound("ISS"), SerialNotFound("VAI", mistyped=True)
ALIKE = SerialAmbiguous("VAI", ())
REASONS: dict[str, tuple[list[Problem], HeldFor | None]] = {
    "nothing-quoted": ([SerialMissing()], HeldFor.SERIAL_MISSING),
    "not-found": ([UNKNOWN], HeldFor.SERIAL_NOT_FOUND),
    "two-not-found": ([UNKNOWN, OTHER], HeldFor.SERIAL_NOT_FOUND),
    "not-looked-up-any-more": ([TooManyMisses(60)], HeldFor.SERIAL_NOT_FOUND),
    "which-site": ([ALIKE], None),
    "one-not-found-and-which-site": ([UNKNOWN, ALIKE], None),
    "which-site-and-one-not-found": ([ALIKE, UNKNOWN], None),
    "two-sites": ([SerialsOfTwoSites()], None),
    "missing-and-not-found": ([SerialMissing(), UNKNOWN], None),
    "something-else": ([CompanyClosed("Harbor Security")], None),
    "no-problem": ([], None),
}


@pytest.mark.parametrize(("problems", "reason"), REASONS.values(), ids=REASONS)
def test_an_order_waits_for_a_serial_number_only(
    problems: list[Problem], reason: HeldFor | None
) -> None:
    assert reason_to_hold(problems) is reason


def test_a_serial_number_answers_each_hold_of_an_order_for_an_existing_installation() -> None:
    takes = {
        (state, is_new, is_active)
        for state, is_new, is_active in product(State, (True, False), (True, False))
        if takes_serial(state, is_new=is_new, is_active=is_active)
    }
    assert takes == {(State.HELD, False, True)}


def test_an_order_for_an_existing_installation_lacks_it_until_it_is_known() -> None:
    lacks = {
        (is_new, known)
        for is_new, known in product((True, False), (True, False))
        if lacks_installation(is_new=is_new, has_installation=known)
    }
    assert lacks == {(False, False)}
