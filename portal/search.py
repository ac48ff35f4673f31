"""One search for all that customers look up: serials, sites and PO numbers."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from companies.models import User
from licensing.models import Installation, InstallationQuerySet, Serial
from orders.models import Order, OrderQuerySet
from texts import po_numbers


def find_installations(
    visible: InstallationQuerySet, orders: OrderQuerySet, query: str
) -> InstallationQuerySet:
    """By any serial of the history, however it is typed, by site name, or by the PO number or
    order number of one of the orders, which are those that the asker may see. Where serials of
    several sites read like the query, they are all found, unless one is written just so.

    Each says `by_serial`: whether the query is a serial number of it, and `by_old_serial`:
    whether that one was replaced.
    """
    serials = Serial.objects.filter(installation__in=visible).meant_by(query)
    orders = orders.filter(_numbered(query))
    of_this = serials.filter(installation=OuterRef("pk"))
    named = Installation.objects.filter(site_name_key__contains_name=query).order_by()
    found = named.values("pk").union(  # each by its own index; an OR would have none
        serials.order_by().values("installation"), orders.order_by().values("installation")
    )
    return visible.filter(pk__in=found).annotate(
        by_serial=Exists(of_this),
        by_old_serial=Exists(of_this.filter(is_current=False))
        & ~Exists(of_this.filter(is_current=True)),
    )


def find_orders(user: User, query: str) -> QuerySet[Order]:
    """By PO number or order number; a site that is not there yet is found by its order."""
    return (
        Order.objects.visible_to(user)
        .filter(_numbered(query) | Q(installation=None, site_name_key__contains_name=query))
        .select_related("installation")
        .order_by("-placed_at", "-pk")
    )


def _numbered(query: str) -> Q:
    """By PO number, however it is typed, or order number."""
    return Q(po_number_key=po_numbers.same_key(query)) | Q(reference=query.lower())
