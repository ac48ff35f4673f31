"""A line of an order in the form that the pure rules use."""

import datetime as dt
from dataclasses import dataclass

from licensing.parts import Part
from licensing.serial_policy import Action


@dataclass(frozen=True, slots=True)
class OrderedLine:
    position: int
    action: Action
    part: Part
    quantity: int
    source: Part | None = None  # the product that is upgraded or renewed
    lot_end: dt.date | None = None  # the last valid day of the lot, if several lots fit
    starts_on: dt.date | None = None  # of an added subscription; default: the day of issue
    is_upgrade_path: bool = False  # whether the catalog upgrades the source to the part
