"""Stores a checked document with an order; part of the verbs that attach one."""

import datetime as dt

from django.core.files.base import ContentFile

from companies.models import User
from orders.models import Order, PurchaseOrderDocument
from orders.rules.documents import (
    MAX_DOCUMENTS,
    Document,
    DocumentRefused,
    OrderTakesNoDocuments,
    TooManyDocuments,
)
from orders.rules.moves import State

TAKE_NONE = frozenset({State.REJECTED, State.CANCELED})


def attach(order: Order, document: Document, *, by: User, at: dt.datetime) -> PurchaseOrderDocument:
    """Call it in the transaction that locked the order or made it. Raises DocumentRefused.

    The same file again gives the existing row. The file is written before its row: a later failure
    leaves a file without a row, never a row without its file.
    """
    if order.state in TAKE_NONE:
        raise DocumentRefused(OrderTakesNoDocuments())
    there = list(order.documents.all())
    if same := next((row for row in there if row.sha256 == document.sha256), None):
        return same
    if len(there) >= MAX_DOCUMENTS:
        raise DocumentRefused(TooManyDocuments())
    row = PurchaseOrderDocument(
        order=order,
        file=ContentFile(document.content, name=document.name),
        name=document.name,
        media_type=document.kind.value,
        size=len(document.content),
        sha256=document.sha256,
        added_by=by,
        added_at=at,
    )
    row.clean_fields(exclude=["order", "added_by"])
    row.save(force_insert=True)
    return row
