"""The ordering information of the public page: how serials behave, and the catalog.

It comes from the catalog: a third license type appears by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from licensing.models import Family, Product
from licensing.serial_numbers import written
from licensing.serial_policy import Action, Outcome, decide
from licensing.wording import updates

# The columns of the picture after the first order: the action ordered for the same site.
LATER_ORDERS = ((Action.ADD,), (Action.UPGRADE, Action.RENEW))
COLUMNS = 1 + len(LATER_ORDERS)
EXAMPLES = ("7K3M9QWX4TZ82HPC", "4H8N2KDR7QTEM3XJ", "C2RT8WFA5KNP0GZV", "9PWKH3FD6MZRT8QA")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time of one current serial, in columns of the picture."""

    kind: str  # stays, gone, now
    number: str
    columns: range

    @property
    def start(self) -> int:
        return self.columns.start

    @property
    def span(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    product: Product
    needs: Sequence[str]  # part numbers, each of which is enough


@dataclass(frozen=True, slots=True)
class Guide:
    """One license type: its rule as a lane, and its part numbers."""

    family: Family
    replaced_on: str  # "add-on, upgrade, or renewal"; empty if the serial stays
    lane: Sequence[Stretch]
    rows: Sequence[Row]

    @property
    def has_terms(self) -> bool:
        return any(row.product.term_years for row in self.rows)

    @property
    def has_needs(self) -> bool:
        return any(row.needs for row in self.rows)


def read_guides() -> list[Guide]:
    """Every license type with the products that can be ordered; two statements."""
    products = Prefetch("products", Product.objects.orderable(), to_attr="orderable")
    families = Family.objects.prefetch_related(products)
    return [_guide(number, family) for number, family in enumerate(families)]


def _guide(number: int, family: Family) -> Guide:
    products: list[Product] = family.orderable  # type: ignore[attr-defined]  # prefetched
    return Guide(
        family=family,
        replaced_on=updates(family.reissue_on),
        lane=_lane(number, family),
        rows=[Row(product, _needs(product, products)) for product in products],
    )


def _lane(number: int, family: Family) -> list[Stretch]:
    """Decides each column as a real order is decided."""
    starts = [1] + [
        column
        for column, actions in enumerate(LATER_ORDERS, start=2)
        if decide(family.reissue_on, actions, has_serial=True) is Outcome.REPLACES
    ]
    ends = [*starts[1:], COLUMNS + 1]
    last = "now" if family.reissue_on else "stays"
    return [
        Stretch(
            kind=last if end > COLUMNS else "gone",
            number=written(family.code, EXAMPLES[(number + index) % len(EXAMPLES)]),
            columns=range(start, end),
        )
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _needs(product: Product, products: Sequence[Product]) -> list[str]:
    """The license that the product requires, and those that count as it."""
    if product.requires_id is None:
        return []
    stand_ins = [other.pk for other in products if other.counts_as_id == product.requires_id]
    return [product.requires_id, *stand_ins]
