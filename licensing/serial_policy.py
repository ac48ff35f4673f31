"""What an order does to the serial number of one license family.

The rule that the portal exists for (vendor's page, "License-Specific Rules"):

    the installation has        none of the actions      one of the actions
    in this family              reissues                 reissues
    no serial yet               new                      new
    a serial                    stays                    replaces

ISS reissues on nothing, VAI on add, upgrade and renew. Both are data of the family.
"""

from collections.abc import Collection
from enum import StrEnum


class Action(StrEnum):
    """The action of an order line."""

    ADD = "add"
    UPGRADE = "upgrade"
    RENEW = "renew"


class Outcome(StrEnum):
    """The effect of an order on a family's serial."""

    NEW = "new"
    STAYS = "stays"
    REPLACES = "replaces"
    NOT_CHANGED = "not_changed"  # the family is not on the order


def decide(
    reissue_on: Collection[Action], actions: Collection[Action], has_serial: bool
) -> Outcome:
    """The outcome for a family that is on the order with these line actions.

    Raises ValueError without an action: the family is not on the order then.
    """
    if not actions:
        raise ValueError("A family without lines is not on the order.")
    if not has_serial:
        return Outcome.NEW
    if any(action in reissue_on for action in actions):
        return Outcome.REPLACES
    return Outcome.STAYS
