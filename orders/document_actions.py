"""What people do with the documents of an order that was placed."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from companies.models import User
from orders.actions import may_order_for
from orders.attachments import TAKE_NONE, attach
from orders.documents import Document
from orders.models import Order, PurchaseOrderDocument


def attach_document(
    order: Order, *, document: Document, by: User, at: dt.datetime | None = None
) -> PurchaseOrderDocument:
    """Attaches it: whoever may order for the company, or sales. Nothing is issued by it.

    The same file twice is one document. Raises DocumentRefused.
    """
    if not (may_order_for(by, order.company) or may_attach_for_customers(by)):
        raise PermissionDenied("Only buyers, owners and sales attach documents.")
    with transaction.atomic(durable=True):
        locked = Order.objects.locked().get(pk=order.pk)
        return attach(locked, document, by=by, at=at or timezone.now())


def may_attach_for_customers(user: User) -> bool:
    """Whether the user attaches documents to any order, as one of the sales people."""
    is_staff = user.is_active and user.is_staff
    return is_staff and user.has_perm("orders.add_purchaseorderdocument")


def takes_documents(order: Order) -> bool:
    """Also once it was issued: the paper often comes later, and changes nothing."""
    return order.state not in TAKE_NONE
