"""The search of customers: serials, sites and PO numbers."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from companies.models import User
from licensing.models import Installation, InstallationQuerySet, Serial
from orders.models import Order, OrderQuerySet
from texts import po_numbers


def find_installations(
    visible: InstallationQuerySet, orders: OrderQuerySet, query: str
) -> InstallationQuerySet:
    """Finds installations by serial, site name, PO number or order number.

    It finds any serial of the history in any spelling, and numbers of `orders`, which are those
    that the user may see. If serials of several sites read like the query, it finds all of them,
    unless one is written exactly so. Each result has `by_serial`, whether the query is one of its
    serial numbers, and `by_old_serial`, whether that one was replaced.
    """
    serials = Serial.objects.filter(installation__in=visible).meant_by(query)
    orders = orders.filter(_numbered(query))
    of_this = serials.filter(installation=OuterRef("pk"))
    named = Installation.objects.filter(site_name_key__contains_name=query).order_by()
    found = named.values("pk").union(  # each part uses its own index; an OR would use none
        serials.order_by().values("installation"), orders.order_by().values("installation")
    )
    return visible.filter(pk__in=found).annotate(
        by_serial=Exists(of_this),
        by_old_serial=Exists(of_this.filter(is_current=False))
        & ~Exists(of_this.filter(is_current=True)),
    )


def find_orders(user: User, query: str) -> QuerySet[Order]:
    """Finds orders by PO number or order number, and orders for a new site by its name."""
    return (
        Order.objects.visible_to(user)
        .filter(_numbered(query) | Q(installation=None, site_name_key__contains_name=query))
        .select_related("installation")
        .order_by("-placed_at", "-pk")
    )


def _numbered(query: str) -> Q:
    """Orders with this PO number in any spelling, or with this order number."""
    return Q(po_number_key=po_numbers.same_key(query)) | Q(reference=query.lower())
