"""How far base licenses go, without a database."""

from collections import Counter

import pytest

from licensing.coverage import Cover, cover, needed_by
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
