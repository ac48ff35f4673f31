"""Units that are left to renew: their term ends or has ended, and no later term follows.

Home, the pages of a site, the mail, the desk and the order form ask here, and say the same.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from licensing.coverage import HeldLot
from licensing.parts import Part
from licensing.terms import ENDS_SOON, Standing, standing

LET_GO = ENDS_SOON  # after the last valid day: terms that ended earlier were given up


@dataclass(frozen=True, slots=True)
class ToRenew:
    """Units of a part that end together, without those that are renewed."""

    part: Part
    last_day: dt.date
    units: int


def left_to_renew(lots: Iterable[HeldLot], today: dt.date) -> list[ToRenew]:
    """The first end first. Lots of the same part and last day are one."""
    units: Counter[tuple[Part, dt.date]] = Counter()
    for lot in lots:
        if lot.last_day and lot.not_renewed and is_time_to_renew(lot.last_day, today):
            units[lot.part, lot.last_day] += lot.not_renewed
    left = [ToRenew(part, last_day, count) for (part, last_day), count in units.items()]
    return sorted(left, key=lambda each: (each.last_day, each.part.part_number))


def is_time_to_renew(last_day: dt.date, today: dt.date) -> bool:
    """From the first notice on, until the term counts as given up."""
    return standing(today, last_day) is not Standing.RUNS and today - last_day <= LET_GO
