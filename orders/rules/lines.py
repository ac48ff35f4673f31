"""A line of an order as the pure rules see it."""

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
    source: Part | None = None  # what is upgraded or renewed
    lot_end: dt.date | None = None  # its last valid day, to tell which lot where several fit
    starts_on: dt.date | None = None  # of an added subscription; the day of issue unless asked for
    is_upgrade_path: bool = False  # the catalog upgrades the source to the part
