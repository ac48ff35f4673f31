"""The page of one order. All of it was recorded when it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from companies.models import User
from orders.models import Order, OrderEvent, PurchaseOrderDocument
from portal.order.deliveries import deliveries_for_customers
from portal.order.lines import line_stories
from portal.order.quotes import quoted, serials_of
from portal.order.remarks import told
from portal.order.track import track


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
    serials = serials_of(order)
    lines = order.lines.select_related("product__kit_of")
    confirmation = order.revision.confirmation if order.revision else None
    return {
        "order": order,
        "ordered_by": _ordered_by(order),
        "steps": track(order, events, then=_("We email you")),
        "serials": serials,
        "quoted": quoted(order, serials, events),
        "lines": line_stories(order, lines),
        "told": told(order),
        "events": [Event(event, name_for_customers(event.by)) for event in reversed(events)],
        "documents": [
            AttachedDocument(document, name_for_customers(document.added_by))
            for document in order.documents.select_related("added_by")
        ],
        "confirmation": confirmation,
        "deliveries": deliveries_for_customers(order),
    }


def name_for_customers(user: User) -> str:
    """A user's name for customers: they read that sales did it, not who in sales."""
    return _("sales") if user.is_staff else user.email


def _ordered_by(order: Order) -> str:
    if order.ordered_for is None:
        return order.placed_by.email
    by = {"sales": name_for_customers(order.placed_by), "member": order.ordered_for.email}
    return _("%(sales)s, for %(member)s") % by
