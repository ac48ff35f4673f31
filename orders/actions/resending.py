"""Sends the confirmation of an order again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from companies.former_addresses import present
from companies.models import User
from notifications.actions import resend
from notifications.models import Resend
from orders.models import Order
from orders.permissions import check_resend


def resend_confirmation(
    order: Order, *, to: Sequence[str], language: str, by: User, at: dt.datetime | None = None
) -> Resend:
    """Mails it to its recipients or to others. Users who may order and sales may do so.

    Raises ValueError for an order that was not issued.
    """
    check_resend(by, order)
    if order.revision is None:
        raise ValueError("An order that was not issued has no confirmation.")
    to = present(to, company=order.company_id)
    return resend(
        order.revision.confirmation, to=to, language=language, by=by, at=at or timezone.now()
    )
