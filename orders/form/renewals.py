"""The lines that a renewal of an installation starts with, one for each term that ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from licensing.coverage import HeldLot
from licensing.models import Product
from licensing.parts import Part
from licensing.terms import ENDS_SOON, Standing, standing

LONG_AGO = ENDS_SOON  # terms that ended earlier were given up, and are not offered


@dataclass(frozen=True, slots=True)
class Renewal:
    """Units of a part that end together, and the part that renews them."""

    source: str
    last_day: dt.date
    quantity: int
    product: str


def renewals(lots: Iterable[HeldLot], today: dt.date) -> list[Renewal]:
    """The renewals, the first end first. One statement, for the catalog."""
    ending = sorted(
        units_to_renew(lots, today).items(), key=lambda each: (each[0][1], each[0][0].part_number)
    )
    offered = [product.as_part() for product in Product.objects.orderable()] if ending else []
    return [
        Renewal(part.part_number, last_day, units, product)
        for (part, last_day), units in ending
        if (product := _renewed_with(part, offered))
    ]


def units_to_renew(lots: Iterable[HeldLot], today: dt.date) -> dict[tuple[Part, dt.date], int]:
    """The units by part and last day, without renewed units."""
    units: dict[tuple[Part, dt.date], int] = {}
    for lot in lots:
        if lot.last_day and lot.not_renewed and _ends(lot.last_day, today):
            key = (lot.part, lot.last_day)
            units[key] = units.get(key, 0) + lot.not_renewed
    return units


def _ends(last_day: dt.date, today: dt.date) -> bool:
    return standing(today, last_day) is not Standing.RUNS and today - last_day <= LONG_AGO


def _renewed_with(part: Part, offered: Sequence[Part]) -> str:
    """The same part, or another term of its tier if the part is no longer sold."""
    fitting = [other.part_number for other in offered if other.renews(part)]
    return part.part_number if part.part_number in fitting else next(iter(fitting), "")
