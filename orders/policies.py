"""What an order is refused for, as codes and figures; `orders.wording` makes sentences of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from licensing.coverage import MissingBase
from orders.moves import NEEDS_REASON, Move, State, is_allowed


@dataclass(frozen=True, slots=True)
class SerialMissing:
    """An existing installation was ordered for, and no serial number was quoted."""


@dataclass(frozen=True, slots=True)
class SerialNotAccepted:
    """Not a current serial of an installation of the ordering company.

    Unknown, superseded and another company's are one and the same answer: nobody can probe.
    """

    family: str  # of the field that it was typed into


@dataclass(frozen=True, slots=True)
class SerialsOfTwoSites:
    """The quoted serials identify different installations."""


@dataclass(frozen=True, slots=True)
class SerialNotNeeded:
    """The order is for a new installation, which has no serial number yet."""


@dataclass(frozen=True, slots=True)
class InstallationOfAnotherCompany:
    """Since it was ordered for, the installation went to another dealer or end customer."""


@dataclass(frozen=True, slots=True)
class MoveNotPossible:
    state: State
    move: Move


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    move: Move


Problem = (
    SerialMissing
    | SerialNotAccepted
    | SerialsOfTwoSites
    | SerialNotNeeded
    | InstallationOfAnotherCompany
    | MissingBase
    | MoveNotPossible
    | ReasonMissing
)


class OrderRefused(Exception):
    """The order, or a move of it, is refused; nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)


def check_move(
    state: State, move: Move, reason: str = "", needs_reason: Collection[Move] = NEEDS_REASON
) -> None:
    """Raises OrderRefused unless the order may make that move now, with that reason."""
    if not is_allowed(state, move):
        raise OrderRefused([MoveNotPossible(state, move)])
    if move in needs_reason and not reason.strip():
        raise OrderRefused([ReasonMissing(move)])
