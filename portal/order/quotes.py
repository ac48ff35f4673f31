"""The quoted serials of an order, each beside the serial that the portal found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from companies.time_zones import local_date
from licensing.models import Serial
from orders.models import Order, OrderEvent, OrderSerial
from orders.rules.moves import Move


@dataclass(frozen=True, slots=True)
class Replaced:
    """The quoted serial was replaced already; it still identifies the installation."""

    on: dt.date
    by: Order | None  # null if no order of the same company replaced it
    current: str  # the serial to quote instead, current at issue or now


@dataclass(frozen=True, slots=True)
class Quoted:
    row: OrderSerial
    replaced: Replaced | None

    @property
    def found_as_written(self) -> bool:
        """Whether quote and serial are the same, so that one of them is enough."""
        return self.row.resolved is not None and self.row.resolved.number == self.row.quoted


def serials_of(order: Order) -> QuerySet[OrderSerial]:
    """The serials with all data that the page shows, in one statement."""
    current = Serial.objects.current().filter(
        installation=OuterRef("resolved__installation"), family=OuterRef("resolved__family")
    )
    return order.serials.select_related(
        "family", "before", "after", "resolved__superseded_by__revision__order"
    ).annotate(current=Subquery(current.values("number")[:1]))


def quoted(
    order: Order, serials: Sequence[OrderSerial], events: Sequence[OrderEvent]
) -> list[Quoted]:
    """The quotes from rows that `serials_of` read; families without a quote are left out."""
    at = _quoted_at(order, events)
    return [Quoted(row, _replaced(order, row, at)) for row in serials if row.quoted]


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
    return Replaced(
        on=local_date(serial.superseded_at, order.dealer.time_zone),
        by=by if by and by.company_id == order.company_id else None,
        current=row.before.number if row.before else row.current,  # type: ignore[attr-defined]  # annotated
    )
