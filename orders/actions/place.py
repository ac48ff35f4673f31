"""Places orders, for a new installation or for an existing one.

The verbs open the one transaction. `orders.actions.placing` runs inside it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone

from companies.models import Company, User
from orders.actions.placing import place_inside
from orders.documents.storing import attach
from orders.models import Order
from orders.models.bulk import BulkUpload
from orders.permissions import (
    check_overrule,
    check_place,
)
from orders.placement import NONE, Consent, NewLine, Placing, Quote
from orders.quoting import guess_limit
from orders.quoting.identify import Known
from orders.rules.documents import Document
from orders.rules.problems import (
    OrderRefused,
)


def place_new(*, site_name: str, **placing: Unpack[Placing]) -> Order:
    """Places an order for a new installation."""
    return _place(Order(kind=Order.Kind.NEW, site_name=site_name), quotes=[], **placing)


def place_existing(*, quotes: Sequence[Quote], **placing: Unpack[Placing]) -> Order:
    """Places an order for the installation that the quoted serials identify."""
    return _place(Order(kind=Order.Kind.EXISTING), quotes=quotes, **placing)


def place_order(
    *, kind: Order.Kind, site_name: str, quotes: Sequence[Quote], **placing: Unpack[Placing]
) -> Order:
    """Places an order of that kind. It ignores the argument that only the other kind needs."""
    if kind == Order.Kind.NEW:
        return place_new(site_name=site_name, **placing)
    return place_existing(quotes=quotes, **placing)


def _place(
    order: Order,
    *,
    company: Company,
    po_number: str,
    lines: Sequence[NewLine],
    quotes: Sequence[Quote],
    by: User,
    ordered_for: User | None = None,
    notify: Sequence[str] = (),
    document: Document | None = None,
    consent: Consent = NONE,
    submission: uuid.UUID | None = None,
    in_file: BulkUpload | None = None,
    known: Known | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """Writes the order and takes it as far as it goes: issued, in review, or held.

    `notify` are more recipients of the confirmation. If the same submission is sent again, the
    answer is the order that it made the first time. Orders `in_file` that are held are told
    together, and the serials that they may quote were read before. Raises OrderRefused when the
    order can't be placed, ValidationError when a value is out of bounds.
    """
    order.company, order.po_number, order.ordered_for = company, po_number, ordered_for
    order.notify, order.overruled = list(notify), consent.overrule.strip()
    order.submission, order.in_file = submission or uuid.uuid4(), in_file
    order.placed_by, order.placed_at = by, at or timezone.now()
    check_place(by, company, ordered_for)
    if order.overruled:
        check_overrule(by)
    asks = () if consent.without_serial else quotes  # without serial no quote is looked up
    with guess_limit.counted(by, asks):
        return _place_once(
            order, partial(place_inside, order, lines, quotes, consent, known), document
        )


def _place_once(order: Order, place: Callable[[], Order], document: Document | None) -> Order:
    """A submission that arrived before is refused by its row, and the first order is the answer."""
    try:
        with transaction.atomic(durable=True):
            order = place()
            if document:
                attach(order, document, by=order.placed_by, at=order.placed_at)
            return order
    except (IntegrityError, OrderRefused):
        twin = _twin_of(order)  # the same submission arrived before
        if twin is None:
            raise
        return twin


def _twin_of(order: Order) -> Order | None:
    return Order.objects.filter(
        submission=order.submission, company=order.company, placed_by=order.placed_by
    ).first()
