"""Installations of its company that a held order may be for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from licensing.models import Installation, Serial
from orders.models import Order
from portal.search import find_installations

SHOWN = 10


def suggested(order: Order, query: str) -> Sequence[Installation]:
    """Finds a part of a site name, or a whole PO, order or serial number; two statements.

    Without a query it gives the installations that changed last. Each has its `current_serials`.
    """
    sites = Installation.objects.of_company(order.company).select_related("company")
    orders = Order.objects.filter(company=order.company)
    found = (
        find_installations(sites, orders, query) if query else sites.order_by("-changed_at", "-pk")
    )
    serials = Serial.objects.current().order_by("family__position", "family")
    return list(found.prefetch_related(Prefetch("serials", serials, "current_serials"))[:SHOWN])
