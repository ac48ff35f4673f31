"""What looks as if it was ordered before is found, however its lines are sorted."""

import pytest

from orders import actions
from orders.models import Order
from orders.policies import OrderRefused, SameLines
from orders.quotes import Quote
from tests.cast import NOW, Cast, current


def order(cast: Cast, serial: str, po_number: str, **lines: int) -> Order:
    return actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("VAI", serial)],
        po_number=po_number,
        lines=cast.lines(**lines),
        by=cast.buyer,
        at=NOW,
    )


def test_the_same_lines_are_asked_about_and_some_of_them_are_not(cast: Cast) -> None:
    serial = current(cast.site(VS_ES1=1), "VAI")
    order(cast, serial, "first", VS_ES1=2, ISS_Expert=3)
    order(cast, serial, "one of them", VS_ES1=2)
    with pytest.raises(OrderRefused) as refusal:
        order(cast, serial, "again", ISS_Expert=3, VS_ES1=2)
    assert [type(problem) for problem in refusal.value.problems] == [SameLines]
