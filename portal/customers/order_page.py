"""What the page of one order shows. All of it was recorded when it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.models import User
from companies.time_zones import local_date
from licensing.models import Movement
from orders.models import Order, OrderEvent, OrderLine, PurchaseOrderDocument
from orders.moves import FINAL, Move, State
from orders.wording import STATES


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the picture of where the order stands."""

    look: str  # done, here, held, rejected or nothing: still to come
    icon: str
    label: str
    detail: str
    day: dt.date | None


@dataclass(frozen=True, slots=True)
class Line:
    line: OrderLine
    contents: str  # of a kit, like "8 × ISS-Expert"
    movement: Movement | None  # once issued


@dataclass(frozen=True, slots=True)
class Event:
    event: OrderEvent
    by: str


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    document: PurchaseOrderDocument
    by: str


def order_page(order: Order) -> dict[str, Any]:
    """The template's context; six statements beside the order's own."""
    events = list(order.events.select_related("by"))
    movements = _movements(order)
    lines = order.lines.select_related("product__kit_of")
    confirmation = order.revision.confirmation if order.revision else None
    return {
        "order": order,
        "ordered_by": _ordered_by(order),
        "steps": _steps(order, events),
        "serials": list(order.serials.select_related("family", "resolved", "before", "after")),
        "lines": [_line(line, movements) for line in lines],
        "events": [Event(event, _name(event.by)) for event in reversed(events)],
        "documents": [
            AttachedDocument(document, _name(document.added_by))
            for document in order.documents.select_related("added_by")
        ],
        "confirmation": confirmation,
        "deliveries": list(confirmation.deliveries.order_by("pk")) if confirmation else [],
    }


def _movements(order: Order) -> dict[int, Movement]:
    """By line, of an issued order."""
    if order.revision is None:
        return {}
    return {
        movement.lot.line: movement for movement in order.revision.movements.select_related("lot")
    }


def _line(line: OrderLine, movements: Mapping[int, Movement]) -> Line:
    part, quantity = line.product.as_part().unpacked(line.quantity)
    contents = f"{quantity} × {part.part_number}" if line.product.kit_of_id else ""
    return Line(line, contents, movements.get(line.position))


def _name(user: User) -> str:
    """Customers are told that sales did it, not who in sales."""
    return _("sales") if user.is_staff else user.email


def _ordered_by(order: Order) -> str:
    if order.ordered_for is None:
        return order.placed_by.email
    by = {"sales": _name(order.placed_by), "member": order.ordered_for.email}
    return _("%(sales)s, for %(member)s") % by


def _steps(order: Order, events: Sequence[OrderEvent]) -> list[Step]:
    """Placed → in review → issued, or where the order got stuck instead."""
    time_zone = order.dealer.time_zone
    placed = Step("done", "check", _("Submitted"), "", local_date(order.placed_at, time_zone))
    last = local_date(order.changed_at, time_zone)
    state = State(order.state)
    review = _was_in_review(events)
    if state is State.ISSUED:
        detail = str(order.revision)
        end = Step("done here", "check", _("Issued"), detail, last)
        return [placed, *([_reviewed(events)] if review else []), end]
    if state in FINAL:
        reason = events[-1].reason
        return [placed, Step("rejected", "cross", str(STATES[state]), reason, last)]
    issued = Step("", "dot", _("Issued"), _("We email you"), None)
    if state is State.HELD:
        return [placed, Step("held", "pause", _("Held"), _held_for(events), last), issued]
    return [placed, Step("here", "dots", _("In review"), _("Sales looks at it"), last), issued]


def _held_for(events: Sequence[OrderEvent]) -> str:
    """What the order waits for, in the words of whoever held it."""
    reasons = (event.why for event in reversed(events) if event.to_state == State.HELD)
    return next(reasons, "")


def _was_in_review(events: Sequence[OrderEvent]) -> bool:
    return any(event.to_state == State.IN_REVIEW for event in events)


def _reviewed(events: Sequence[OrderEvent]) -> Step:
    began = next(event.at for event in events if event.to_state == State.IN_REVIEW)
    ended = next(event.at for event in events if event.move == Move.ISSUE)
    return Step("done", "check", _("In review"), _how_long(ended - began), None)


def _how_long(time: dt.timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    hours, days = minutes // 60, time.days
    if days:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if hours:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
