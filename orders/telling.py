"""What people are told about an order that does not go on."""

from __future__ import annotations

from notifications.actions import ask
from notifications.holds import HoldFacts
from orders.links import LIVES, path_for
from orders.models import Order, OrderEvent


def tell_held(order: Order, event: OrderEvent) -> None:
    """Queues the mail to whoever ordered, with a link where a serial number is the answer."""
    ask(
        HoldFacts(
            recipient=order.orderer.email,
            company=order.company,
            po_number=order.po_number,
            order_number=order.reference,
            order_path=order.get_absolute_url(),
            reason=event.why,
            link_path="" if order.is_new else path_for(event),
            link_ends=event.at + LIVES,
        )
    )
