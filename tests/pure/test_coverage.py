"""How far base licenses go, without a database."""

import datetime as dt
from collections import Counter

import pytest

from licensing.coverage import (
    Cover,
    HeldLot,
    NotCovered,
    cover,
    needed_by,
    not_covered,
    put_together,
)
from licensing.parts import Part

EXPERT = Part("Expert", "ISS")
PLUS = Part("ExpertPlus", "ISS", counts_as="Expert")
BACKUP = Part("Backup", "ISS", requires="Expert")
FAILOVER = Part("Failover", "ISS", requires="Expert")
OTHER = Part("IDLA", "ISS")

CASES = {
    # part, what is held → its cover, whether it is enough
    "needs-nothing": (OTHER, {OTHER: 8}, None, True),
    "below": (BACKUP, {EXPERT: 24, BACKUP: 20}, Cover("Expert", 20, 24), True),
    "stand-ins-count": (BACKUP, {EXPERT: 24, PLUS: 12, BACKUP: 36}, Cover("Expert", 36, 36), True),
    "each-for-itself": (
        BACKUP,
        {EXPERT: 24, BACKUP: 24, FAILOVER: 24},
        Cover("Expert", 24, 24),
        True,
    ),
    "above": (BACKUP, {EXPERT: 24, BACKUP: 25}, Cover("Expert", 25, 24), False),
    "no-base": (BACKUP, {BACKUP: 1}, Cover("Expert", 1, 0), False),
}


@pytest.mark.parametrize(("part", "held", "answer", "enough"), CASES.values(), ids=CASES.keys())
def test_cover(part: Part, held: dict[Part, int], answer: Cover | None, enough: bool) -> None:
    found = cover(part, Counter(held))
    assert found == answer
    assert found is None or found.is_enough == enough


def test_needed_by() -> None:
    held = Counter({EXPERT: 1, PLUS: 1, BACKUP: 1, FAILOVER: 1, OTHER: 1})
    assert needed_by(EXPERT, held) == ("Backup", "Failover")
    assert needed_by(PLUS, held) == ("Backup", "Failover")
    assert needed_by(BACKUP, held) == ()
    assert needed_by(EXPERT, Counter({EXPERT: 1})) == ()


SHORT: dict[str, tuple[dict[Part, int], tuple[NotCovered, ...]]] = {
    # what is there with the order → what of it is short of base licenses
    "none-at-all-is-said-elsewhere": ({BACKUP: 2}, ()),
    "one-for-two": ({EXPERT: 1, BACKUP: 2}, (NotCovered("Backup", "Expert", 2, 1),)),
    "one-for-one": ({EXPERT: 1, BACKUP: 1}, ()),
    "two-for-three": ({EXPERT: 2, BACKUP: 3}, (NotCovered("Backup", "Expert", 3, 2),)),
}


@pytest.mark.parametrize(("there", "short"), SHORT.values(), ids=SHORT.keys())
def test_what_is_not_covered(there: dict[Part, int], short: tuple[NotCovered, ...]) -> None:
    assert not_covered([BACKUP], Counter(there)) == short


def test_what_needs_nothing_does_not_hide_what_is_short_behind_it() -> None:
    there = Counter({EXPERT: 1, OTHER: 5, BACKUP: 2, FAILOVER: 3})
    assert not_covered([OTHER, BACKUP, FAILOVER, BACKUP], there) == (
        NotCovered("Backup", "Expert", 2, 1),
        NotCovered("Failover", "Expert", 3, 1),
    )


def test_lots_with_the_same_part_start_and_end_are_put_together() -> None:
    start, end, later = dt.date(2025, 1, 1), dt.date(2027, 1, 1), dt.date(2028, 1, 1)
    lots = [
        HeldLot(EXPERT, 3, start, end, renewed=1, key=1),
        HeldLot(EXPERT, 2, start, later, key=2),
        HeldLot(EXPERT, 4, start, end, renewed=2, key=3),
        HeldLot(BACKUP, 5, start, end, key=4),
        HeldLot(EXPERT, 6, later, None, key=5),
    ]
    assert put_together(lots) == [
        HeldLot(EXPERT, 7, start, end, renewed=3),
        HeldLot(EXPERT, 2, start, later),
        HeldLot(BACKUP, 5, start, end),
        HeldLot(EXPERT, 6, later, None),
    ]
