"""The quoted serials of an order, each beside the serial that the portal found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from licensing.models import Serial
from licensing.telling import Then
from orders.models import Order, OrderEvent, OrderSerial
from orders.rules.moves import Move


@dataclass(frozen=True, slots=True)
class Replaced:
    """The quoted serial was replaced already; it still identifies the installation."""

    by: Order | None  # null if no order of the same company replaced it
    at_issue: Serial | None  # the one that was current when the order was issued


@dataclass(frozen=True, slots=True)
class Quoted:
    row: OrderSerial
    replaced: Replaced | None
    as_of: Then  # what the one who quoted it knew

    @property
    def found_as_written(self) -> bool:
        """Whether quote and serial are the same, so that one of them is enough."""
        return self.row.resolved is not None and self.row.resolved.number == self.row.quoted


def serials_of(order: Order) -> list[OrderSerial]:
    """The serials with all data that the page shows, in one statement."""
    rows = order.serials.select_related(
        "family", "before", "after", "resolved__superseded_by__revision__order"
    )
    return [_of_its_site(row, order) for row in rows]


def _of_its_site(row: OrderSerial, order: Order) -> OrderSerial:
    """The row, whose serials know the installation as it was read with the order."""
    for serial in (row.before, row.after, row.resolved):
        if serial and order.installation and serial.installation_id == order.installation_id:
            serial.installation = order.installation
    return row


def quoted(
    order: Order, serials: Sequence[OrderSerial], events: Sequence[OrderEvent]
) -> list[Quoted]:
    """The quotes from rows that `serials_of` read; families without a quote are left out."""
    at = _quoted_at(order, events)
    as_of = order.revision or at
    return [Quoted(row, _replaced(order, row, at), as_of) for row in serials if row.quoted]


def _quoted_at(order: Order, events: Sequence[OrderEvent]) -> dt.datetime:
    supplied = [event.at for event in events if event.move == Move.SUPPLY_SERIAL]
    return supplied[-1] if supplied else order.placed_at


def _replaced(order: Order, row: OrderSerial, at: dt.datetime) -> Replaced | None:
    serial = row.resolved
    if serial is None or serial.superseded_at is None or serial.superseded_at > at:
        return None
    revision = serial.superseded_by.revision
    if revision.pk == order.revision_id:  # it was current, and this order replaced it
        return None
    by: Order | None = getattr(revision, "order", None)
    return Replaced(by if by and by.company_id == order.company_id else None, row.before)
