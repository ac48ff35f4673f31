"""The lines that a renewal of an installation starts with, one for each term that ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from licensing.coverage import HeldLot
from licensing.models import Product
from licensing.parts import Part
from licensing.renewals import left_to_renew


@dataclass(frozen=True, slots=True)
class Renewal:
    """Units of a part that end together, and the part that renews them."""

    source: str
    last_day: dt.date
    quantity: int
    product: str  # empty if nothing that is sold renews them


def renewals(lots: Iterable[HeldLot], today: dt.date) -> list[Renewal]:
    """All that is left to renew, the first end first. One statement, for the catalog."""
    left = left_to_renew(lots, today)
    sold = [product.as_part() for product in Product.objects.orderable()] if left else []
    return [
        Renewal(each.part.part_number, each.last_day, each.units, _renewed_with(each.part, sold))
        for each in left
    ]


def _renewed_with(part: Part, sold: Sequence[Part]) -> str:
    """The same part, or another term of its tier if the part is no longer sold."""
    fitting = [other.part_number for other in sold if other.renews(part)]
    return part.part_number if part.part_number in fitting else next(iter(fitting), "")
