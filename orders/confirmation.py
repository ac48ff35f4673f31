"""What an issued order says in its confirmation."""

from collections.abc import Sequence

from notifications.confirmations import ConfirmationFacts, ConfirmedLine
from orders.forecast import Forecast
from orders.models import Order, OrderLine


def facts_of(order: Order, lines: Sequence[OrderLine], plan: Forecast) -> ConfirmationFacts:
    """From what was decided and written, nothing is worked out here."""
    last_days = {lot.line: lot.last_day for lot in plan.lots}
    return ConfirmationFacts(
        revised=not order.is_new,
        po_number=order.po_number,
        order_number=order.reference,
        order_path=order.get_absolute_url(),
        recipients=order.recipients,
        lines=tuple(
            ConfirmedLine(
                action=line.get_action_display(),
                quantity=line.quantity,
                part_number=line.product_id,
                source=line.source_id or "",
                kit_contents=_kit_contents(line),
                last_day=last_days[line.position],
            )
            for line in lines
        ),
    )


def _kit_contents(line: OrderLine) -> str:
    """For a kit what it stands for, like "8 × ISS-Expert"; else nothing."""
    part = line.product.as_part()
    contents, quantity = part.unpacked(line.quantity)
    return f"{quantity} × {contents.part_number}" if part.kit_of else ""
