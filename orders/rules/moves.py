"""The states of an order and the moves between them: docs/domain.md, "States and moves"."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    HELD = "held"
    IN_REVIEW = "in_review"
    ISSUED = "issued"
    REJECTED = "rejected"
    CANCELED = "canceled"


class Move(StrEnum):
    PLACE = "place"
    SUPPLY_SERIAL = "supply_serial"
    ISSUE = "issue"
    HOLD = "hold"
    RELEASE = "release"
    REJECT = "reject"
    CANCEL = "cancel"


MOVES: Mapping[tuple[State, Move], frozenset[State]] = {
    # Held if a serial is missing or not found, issued without review, else in review.
    (State.DRAFT, Move.PLACE): frozenset({State.HELD, State.ISSUED, State.IN_REVIEW}),
    (State.HELD, Move.SUPPLY_SERIAL): frozenset({State.HELD, State.ISSUED, State.IN_REVIEW}),
    (State.IN_REVIEW, Move.ISSUE): frozenset({State.ISSUED}),
    (State.IN_REVIEW, Move.HOLD): frozenset({State.HELD}),
    # Sales asked a question and has the answer; see docs/decisions/0008
    (State.HELD, Move.RELEASE): frozenset({State.IN_REVIEW}),
    (State.IN_REVIEW, Move.REJECT): frozenset({State.REJECTED}),
    (State.HELD, Move.REJECT): frozenset({State.REJECTED}),
    (State.DRAFT, Move.CANCEL): frozenset({State.CANCELED}),
    (State.IN_REVIEW, Move.CANCEL): frozenset({State.CANCELED}),
    (State.HELD, Move.CANCEL): frozenset({State.CANCELED}),
}

FINAL = frozenset(State) - {state for state, _ in MOVES}  # issued, rejected, canceled
NEEDS_REASON = frozenset({Move.HOLD, Move.REJECT})
NEEDS_REASON_OF_SALES = NEEDS_REASON | {Move.CANCEL}  # customers need none to cancel their own
# The orders of a deactivated company can only end; see docs/decisions/0028
NEEDS_ACTIVE_COMPANY = frozenset(Move) - {Move.REJECT, Move.CANCEL}


def is_allowed(state: State, move: Move) -> bool:
    return (state, move) in MOVES


def leads_to(state: State, move: Move, target: State) -> bool:
    return target in MOVES.get((state, move), frozenset())
