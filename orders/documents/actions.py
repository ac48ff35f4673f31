"""Verbs for the documents of a placed order."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from companies.models import User
from orders.documents.storing import TAKE_NONE, attach
from orders.models import Order, PurchaseOrderDocument
from orders.permissions import check_attach
from orders.rules.documents import Document


def attach_document(
    order: Order, *, document: Document, by: User, at: dt.datetime | None = None
) -> PurchaseOrderDocument:
    """Attaches a document for a user who may order for the company, or for sales.

    It issues nothing. The same file twice is one document. Raises DocumentRefused.
    """
    check_attach(by, order)
    with transaction.atomic(durable=True):
        locked = Order.objects.locked().get(pk=order.pk)
        return attach(locked, document, by=by, at=at or timezone.now())


def takes_documents(order: Order) -> bool:
    """Whether the order takes documents. Issued orders do: the paper often comes later."""
    return order.state not in TAKE_NONE
