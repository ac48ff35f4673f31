"""The reasons to refuse an order, without a database."""

import pytest

from licensing.coverage import NotCovered
from orders.rules.moves import NEEDS_REASON_OF_SALES, Move, State
from orders.rules.problems import (
    CompanyClosed,
    InstallationChanged,
    MoveNotPossible,
    OrderRefused,
    ReasonMissing,
    SerialMissing,
    ToAcknowledge,
    check_company,
    check_move,
)


def test_what_is_confirmed_is_named_with_its_figures() -> None:
    """Orders keep these, and forms that are open hold them: their text stays."""
    short = ToAcknowledge(NotCovered("ISS-Backup", "ISS-Expert", 4, 3))
    assert short.token == "not_covered|ISS-Backup|4|3"
    assert InstallationChanged("Pier 9", seen=6, now=7).token == "changed|7"


@pytest.mark.parametrize("move", Move)
def test_of_a_company_that_was_deactivated_orders_only_end(move: Move) -> None:
    check_company("Northgate", move, active=True)
    if move in (Move.REJECT, Move.CANCEL):
        check_company("Northgate", move, active=False)
        return
    with pytest.raises(OrderRefused) as refusal:
        check_company("Northgate", move, active=False)
    assert refusal.value.problems == (CompanyClosed("Northgate"),)


def test_a_reason_is_missing_where_none_is_given() -> None:
    with pytest.raises(OrderRefused) as refusal:
        check_move(State.IN_REVIEW, Move.HOLD)
    assert refusal.value.problems == (ReasonMissing(Move.HOLD),)
    check_move(State.IN_REVIEW, Move.HOLD, "Which server?")


def test_sales_give_a_reason_to_cancel_and_customers_need_none() -> None:
    check_move(State.HELD, Move.CANCEL)
    with pytest.raises(OrderRefused) as refusal:
        check_move(State.HELD, Move.CANCEL, needs_reason=NEEDS_REASON_OF_SALES)
    assert refusal.value.problems == (ReasonMissing(Move.CANCEL),)


def test_a_move_that_is_not_possible_needs_no_reason_first() -> None:
    with pytest.raises(OrderRefused) as refusal:
        check_move(State.ISSUED, Move.REJECT)
    assert refusal.value.problems == (MoveNotPossible(State.ISSUED, Move.REJECT),)


def test_a_refusal_names_its_problems_in_a_log() -> None:
    assert repr(OrderRefused([SerialMissing()])) == "OrderRefused([SerialMissing()])"
