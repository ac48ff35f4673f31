"""One search for all that customers look up: serials, sites and PO numbers."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from companies.models import User
from licensing.models import Installation, InstallationQuerySet, Serial
from licensing.serial_numbers import fold
from orders.models import Order, OrderQuerySet


def find_installations(
    visible: InstallationQuerySet, orders: OrderQuerySet, query: str
) -> InstallationQuerySet:
    """By any serial of the history, however it is typed, by site name, or by the PO number or
    order number of one of the orders, which are those that the asker may see.

    Each says `by_serial`: whether the query is a serial number of it, and `by_old_serial`:
    whether that one was replaced.
    """
    serials = Serial.objects.filter(lookup_key=fold(query))
    orders = orders.filter(Q(po_number__iexact=query) | Q(reference=query.lower()))
    of_this = serials.filter(installation=OuterRef("pk"))
    named = Installation.objects.filter(site_name_key__contains_name=query).order_by()
    found = named.values("pk").union(  # each by its own index; an OR would have none
        serials.order_by().values("installation"), orders.order_by().values("installation")
    )
    return visible.filter(pk__in=found).annotate(
        by_serial=Exists(of_this),
        by_old_serial=Exists(of_this.filter(is_current=False)),
    )


def find_orders(user: User, query: str) -> QuerySet[Order]:
    """By PO number or order number; a site that is not there yet is found by its order."""
    return (
        Order.objects.visible_to(user)
        .filter(
            Q(po_number__iexact=query)
            | Q(reference=query.lower())
            | Q(installation=None, site_name_key__contains_name=query)
        )
        .select_related("installation")
        .order_by("-placed_at", "-pk")
    )
