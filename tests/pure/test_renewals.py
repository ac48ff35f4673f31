"""Units left to renew, and added lines that perhaps mean them: without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from licensing.coverage import HeldLot
from licensing.renewals import ToRenew, is_time_to_renew, left_to_renew
from orders.rules.forecast import forecast
from orders.rules.lines import OrderedLine
from tests.pure.catalog import PARTS, POLICY, add, renew, site, upgrade

ON = dt.date(2026, 11, 24)
SOON, LATE = dt.date(2026, 12, 15), dt.date(2027, 1, 4)
FAR, ENDED = dt.date(2028, 1, 1), dt.date(2026, 11, 14)
DAY = dt.timedelta(days=1)
ES1, ADV1 = PARTS["VS-ES1"], PARTS["VS-ADV1"]


def lot(
    part: str, quantity: int, end: dt.date | None, *, renewed: int = 0, key: int = 1
) -> HeldLot:
    return HeldLot(PARTS[part], quantity, dt.date(2024, 1, 1), end, renewed, key)


LEFT = {
    "nothing": ([], []),
    "without-an-end": ([lot("ISS-Expert", 4, None)], []),
    "far-from-its-end": ([lot("VS-ES1", 4, FAR)], []),
    "soon": ([lot("VS-ES1", 4, SOON)], [ToRenew(ES1, SOON, 4)]),
    "renewed-in-part": ([lot("VS-ES1", 4, SOON, renewed=3)], [ToRenew(ES1, SOON, 1)]),
    "renewed-whole": ([lot("VS-ES1", 4, SOON, renewed=4)], []),
    "ended": ([lot("VS-ES1", 4, ENDED)], [ToRenew(ES1, ENDED, 4)]),
    "ended-and-renewed": ([lot("VS-ES1", 4, ENDED, renewed=4)], []),
    "lots-of-a-day-are-one": (
        [lot("VS-ES1", 4, SOON, renewed=1), lot("VS-ES1", 2, SOON)],
        [ToRenew(ES1, SOON, 5)],
    ),
    "the-first-end-first": (
        [lot("VS-ES1", 1, LATE), lot("VS-ES1", 2, SOON), lot("VS-ADV1", 3, SOON)],
        [ToRenew(ADV1, SOON, 3), ToRenew(ES1, SOON, 2), ToRenew(ES1, LATE, 1)],
    ),
}


@pytest.mark.parametrize(("lots", "left"), LEFT.values(), ids=LEFT.keys())
def test_what_is_left_to_renew(lots: list[HeldLot], left: list[ToRenew]) -> None:
    assert left_to_renew(lots, ON) == left


@pytest.mark.parametrize(
    ("days", "is_time"),
    [(-91, False), (-90, True), (0, True), (1, True), (90, True), (91, False)],
)
def test_it_is_time_from_the_first_notice_until_it_is_given_up(days: int, is_time: bool) -> None:
    assert is_time_to_renew(SOON, SOON + days * DAY) == is_time


# Renew instead? -----------------------------------------------------------------------------


RENEWABLE = {
    "the-same-product": ([add("VS-ES1", 2)], {1: ToRenew(ES1, SOON, 4)}),
    "another-term": ([add("VS-ES3", 2)], {1: ToRenew(ES1, SOON, 4)}),
    "another-tier": ([add("VS-ADV1", 2)], {}),
    "no-subscription": ([add("ISS-Expert", 2)], {}),
    "only-the-line-that-could": (
        [add("ISS-Expert", 2), replace(add("VS-ES1", 2), position=2)],
        {2: ToRenew(ES1, SOON, 4)},
    ),
    "a-renewal-itself": ([renew("VS-ES1", "VS-ES1", 2, SOON)], {}),
    "beside-a-renewal-of-some": (
        [renew("VS-ES1", "VS-ES1", 3, SOON), replace(add("VS-ES1", 2), position=2)],
        {2: ToRenew(ES1, SOON, 1)},
    ),
    "beside-a-renewal-of-all-of-the-first-end": (
        [renew("VS-ES1", "VS-ES1", 4, SOON), replace(add("VS-ES1", 2), position=2)],
        {2: ToRenew(ES1, LATE, 7)},
    ),
    "beside-an-upgrade": (
        [upgrade("VS-ES1", "VS-ADV1", 3, SOON), replace(add("VS-ES1", 2), position=2)],
        {2: ToRenew(ES1, SOON, 1)},
    ),
}
LOTS = (lot("VS-ES1", 5, SOON, renewed=1), lot("VS-ES1", 7, LATE, key=2))


@pytest.mark.parametrize(("lines", "renewable"), RENEWABLE.values(), ids=RENEWABLE.keys())
def test_beside_an_added_line_stands_what_it_could_renew(
    lines: list[OrderedLine], renewable: dict[int, ToRenew]
) -> None:
    """The first end that the order itself leaves."""
    plan = forecast(site(*LOTS), lines, POLICY, ON)
    assert plan.renewable == renewable
