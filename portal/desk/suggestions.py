"""Which installation a held order may be for: those of its company, found by what one knows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch, Q, QuerySet

from licensing.models import Installation, Serial
from licensing.serial_numbers import fold
from orders.models import Order

SHOWN = 10


def suggested(order: Order, query: str) -> Sequence[Installation]:
    """By part of a site name, or a whole PO, order or serial number; two statements.

    Without a query those that changed last. Each has its `current_serials`.
    """
    sites = Installation.objects.of_company(order.company)
    found = _matching(sites, order, query) if query else sites.order_by("-changed_at", "-pk")
    serials = Serial.objects.current().order_by("family__position", "family")
    return list(found.prefetch_related(Prefetch("serials", serials, "current_serials"))[:SHOWN])


def _matching(sites: QuerySet[Installation], order: Order, query: str) -> QuerySet[Installation]:
    orders = Order.objects.filter(company=order.company).filter(
        Q(po_number__iexact=query) | Q(reference=query.lower())
    )
    serials = Serial.objects.filter(lookup_key=fold(query))
    return sites.filter(
        Q(site_name_folded__contains=query.casefold())
        | Q(pk__in=orders.values("installation"))
        | Q(pk__in=serials.values("installation"))
    )
