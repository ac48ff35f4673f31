"""The rule the portal exists for, complete by table."""

from itertools import chain, combinations

import pytest

from licensing.serial_policy import Action, Outcome, decide

ISS = frozenset[Action]()
VAI = frozenset(Action)

CASES = {
    # family, line actions, has a serial already → outcome
    "iss-new-installation": (ISS, [Action.ADD], False, Outcome.NEW),
    "iss-existing-stays": (ISS, [Action.ADD], True, Outcome.STAYS),
    "iss-existing-upgrade-stays": (ISS, [Action.UPGRADE], True, Outcome.STAYS),
    "iss-existing-many-lines-stays": (ISS, [Action.ADD, Action.UPGRADE], True, Outcome.STAYS),
    "iss-first-at-an-existing-site": (ISS, [Action.ADD], False, Outcome.NEW),
    "vai-new-installation": (VAI, [Action.ADD], False, Outcome.NEW),
    "vai-first-at-an-existing-site": (VAI, [Action.ADD, Action.ADD], False, Outcome.NEW),
    "vai-existing-replaces": (VAI, [Action.ADD], True, Outcome.REPLACES),
    "vai-upgrade-replaces": (VAI, [Action.UPGRADE], True, Outcome.REPLACES),
    "vai-renewal-replaces": (VAI, [Action.RENEW], True, Outcome.REPLACES),
    "one-switch-off-stays": (VAI - {Action.RENEW}, [Action.RENEW], True, Outcome.STAYS),
    "one-line-that-reissues-is-enough": (
        frozenset({Action.UPGRADE}),
        [Action.ADD, Action.UPGRADE, Action.RENEW],
        True,
        Outcome.REPLACES,
    ),
}


@pytest.mark.parametrize(
    ("reissue_on", "actions", "has_serial", "outcome"), CASES.values(), ids=CASES.keys()
)
def test_decide(
    reissue_on: frozenset[Action], actions: list[Action], has_serial: bool, outcome: Outcome
) -> None:
    assert decide(reissue_on, actions, has_serial) is outcome


def subsets(actions: type[Action]) -> list[frozenset[Action]]:
    members = list(actions)
    sizes = (combinations(members, size) for size in range(len(members) + 1))
    return [frozenset(subset) for subset in chain.from_iterable(sizes)]


def test_every_case_has_the_outcome_of_the_table() -> None:
    """All 8 sets of switches × all 7 sets of actions × with and without a serial."""
    for reissue_on in subsets(Action):
        for actions in subsets(Action)[1:]:
            assert decide(reissue_on, actions, has_serial=False) is Outcome.NEW
            replaces = bool(reissue_on & actions)
            expected = Outcome.REPLACES if replaces else Outcome.STAYS
            assert decide(reissue_on, actions, has_serial=True) is expected


def test_a_family_without_lines_is_not_decided() -> None:
    with pytest.raises(ValueError, match=r"^A family without lines is not on the order\.$"):
        decide(VAI, [], has_serial=True)
