"""The table of an order's states and moves, held against the domain's table."""

import pytest

from orders.rules.moves import FINAL, MOVES, Move, State, is_allowed, leads_to
from orders.rules.problems import MoveNotPossible, OrderRefused, ReasonMissing, check_move

ALLOWED = {
    # docs/domain.md, "States and moves", row by row
    ("draft", "place"): {"held", "issued", "in_review"},
    ("held", "supply_serial"): {"held", "issued", "in_review"},
    ("in_review", "issue"): {"issued"},
    ("in_review", "hold"): {"held"},
    ("held", "release"): {"in_review"},  # see docs/decisions/0008
    ("in_review", "reject"): {"rejected"},
    ("held", "reject"): {"rejected"},
    ("draft", "cancel"): {"canceled"},
    ("in_review", "cancel"): {"canceled"},
    ("held", "cancel"): {"canceled"},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("target", State)
def test_every_move_is_as_in_the_table(state: State, move: Move, target: State) -> None:
    targets = ALLOWED.get((state, move), set())
    assert is_allowed(state, move) == bool(targets)
    assert leads_to(state, move, target) == (target in targets)


def test_issued_rejected_and_canceled_are_final() -> None:
    assert {State.ISSUED, State.REJECTED, State.CANCELED} == FINAL
    assert not any(state in FINAL for state, _ in MOVES)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_order_is_refused_with_its_state(state: State) -> None:
    with pytest.raises(OrderRefused) as refusal:
        check_move(state, Move.ISSUE)
    assert refusal.value.problems == (MoveNotPossible(state, Move.ISSUE),)


@pytest.mark.parametrize("reason", ["", "  "])
def test_rejecting_needs_a_reason(reason: str) -> None:
    with pytest.raises(OrderRefused) as refusal:
        check_move(State.IN_REVIEW, Move.REJECT, reason)
    assert refusal.value.problems == (ReasonMissing(Move.REJECT),)
