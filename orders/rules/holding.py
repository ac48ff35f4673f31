"""Why an order is held, and what it lacks then: decided here, asked by each place that tells it.

A serial number answers each hold of an order for an existing installation: also one with a question
of sales', as customers find out what was meant by it. `orders.wording.why` says it in words.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from orders.rules.moves import NEEDS_ACTIVE_COMPANY, Move, State, is_allowed
from orders.rules.problems import Problem, SerialMissing, SerialNotFound, TooManyMisses


class HeldFor(StrEnum):
    """The reason why an order is held."""

    SERIAL_MISSING = "serial_missing"  # the customer could not find it
    SERIAL_NOT_FOUND = "serial_not_found"  # the customer sent it anyway
    SALES = "sales"  # sales has a question, which stands in the trail


_WAITS: Mapping[type, HeldFor] = {
    SerialMissing: HeldFor.SERIAL_MISSING,
    SerialNotFound: HeldFor.SERIAL_NOT_FOUND,
    TooManyMisses: HeldFor.SERIAL_NOT_FOUND,  # further serials are not looked up
}


def reason_to_hold(problems: Collection[Problem]) -> HeldFor | None:
    """The reason to hold an order with these problems, if the orderer leaves the serial to sales.

    None if the orderer must solve a problem before sending it.
    """
    reasons = {_WAITS.get(type(problem)) for problem in problems}
    return reasons.pop() if len(reasons) == 1 else None


def lacks_installation(*, is_new: bool, has_installation: bool) -> bool:
    """Whether the installation is unknown. A new one exists once the order is issued."""
    return not (is_new or has_installation)


def takes_serial(state: State, *, is_new: bool, is_active: bool) -> bool:
    """Whether a serial number lets it go on; a company that was deactivated gives none."""
    waits = is_allowed(state, Move.SUPPLY_SERIAL) and not is_new
    return waits and (is_active or Move.SUPPLY_SERIAL not in NEEDS_ACTIVE_COMPANY)
