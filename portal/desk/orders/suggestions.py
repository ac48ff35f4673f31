"""Installations of its company that a held order may be for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from companies.walks import merged
from licensing.models import Installation, Serial
from orders.models import Order
from portal.search import find_installations

SHOWN = 10


def suggested(order: Order, query: str) -> Sequence[Installation]:
    """Finds a part of a site name, or a whole PO, order or serial number; two statements.

    Without a query it gives the installations that changed last. Each has its `current_serials`.
    """
    serials = Serial.objects.current().order_by("family__position", "family_id")
    shown = Prefetch("serials", serials, "current_serials")
    sites = Installation.objects.of_company(order.company).select_related("company")
    sites = sites.prefetch_related(shown)
    sight = sites.in_sight(order.company_id)
    if query:
        orders = Order.objects.all().in_sight(order.company_id)
        return find_installations(sight, orders, query).read(sites, first=SHOWN)
    newest = ("-changed_at", "-pk")
    keys = merged(sight.walks, newest, SHOWN)
    return list(sites.filter(pk__in=keys).order_by(*newest)[:SHOWN])
