"""What people do with the confirmation of an order: send it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from companies.models import User
from notifications.actions import resend
from notifications.models import Resend
from orders.actions import may_order_for
from orders.models import Order


def resend_confirmation(
    order: Order, *, to: Sequence[str], language: str, by: User, at: dt.datetime | None = None
) -> Resend:
    """Mails it again, to whom it was sent or to others: whoever may order, or sales.

    Raises ValueError for an order that was not issued.
    """
    if not (may_order_for(by, order.company) or may_resend_for_customers(by)):
        raise PermissionDenied("Only buyers, owners and sales send confirmations again.")
    if order.revision is None:
        raise ValueError("An order that was not issued has no confirmation.")
    return resend(
        order.revision.confirmation, to=to, language=language, by=by, at=at or timezone.now()
    )


def may_resend_for_customers(user: User) -> bool:
    """Whether the user sends any confirmation again, as one of the sales people."""
    is_staff = user.is_active and user.is_staff
    return is_staff and user.has_perm("notifications.resend_confirmation")
