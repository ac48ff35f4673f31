"""The lines of an order and, once it is issued, their effects on the holdings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from licensing.models import Movement
from licensing.serial_policy import Action
from orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Source:
    """The units that an upgrade took out or that a renewal extends."""

    part_number: str
    last_day: dt.date | None
    held_before: int
    held_after: int


@dataclass(frozen=True, slots=True)
class LineStory:
    line: OrderLine
    contents: str  # of a kit, like "8 × ISS-Expert"
    came: Movement | None = None  # the units that it added, once issued
    source: Source | None = None

    @property
    def upgrades(self) -> bool:
        return self.line.action == Action.UPGRADE

    @property
    def renews(self) -> bool:
        return self.line.action == Action.RENEW

    @property
    def moves_its_end(self) -> bool:
        """Whether it is told by its ends: units before and after a renewal say nothing."""
        ends = bool(self.came and self.came.lot.last_day and self.source and self.source.last_day)
        return self.renews and ends

    @property
    def starts_later(self) -> dt.date | None:
        """The start, if the units do not run yet on the day of issue and are not counted before."""
        waits = (
            self.came and self.came.quantity > 0 and self.came.held_before == self.came.held_after
        )
        return self.came.lot.starts_on if self.came and waits else None


def line_stories(order: Order, lines: Iterable[OrderLine]) -> list[LineStory]:
    """The lines in their order; one statement for an issued order, else none.

    Read the lines with `product__kit_of`. All figures are those that the ledger recorded.
    """
    moved = _movements(order)
    return [_story(order, line, moved[line.position]) for line in lines]


def _movements(order: Order) -> Mapping[int, list[Movement]]:
    by_line: defaultdict[int, list[Movement]] = defaultdict(list)
    if order.revision:
        for movement in order.revision.movements.select_related("lot"):
            by_line[movement.line].append(movement)
    return by_line


def _story(order: Order, line: OrderLine, moved: Sequence[Movement]) -> LineStory:
    part, quantity = line.product.as_part().unpacked(line.quantity)
    contents = f"{quantity} × {part.part_number}" if line.product.kit_of_id else ""
    came = next((each for each in moved if each.lot.revision_id == order.revision_id), None)
    drawn = [each for each in moved if each is not came]
    return LineStory(line, contents, came, _source(drawn) if drawn else None)


def _source(drawn: Sequence[Movement]) -> Source:
    """The units of one part with one end, from one lot or several."""
    first, last = drawn[0], drawn[-1]
    return Source(first.lot.product_id, first.lot.last_day, first.held_before, last.held_after)
