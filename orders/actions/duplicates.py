"""Finds orders that look like repeats, links them, and asks about them.

The rule is in docs/domain.md, "Ordering".
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from companies.models import Company
from companies.names import MAX_READ
from companies.time_zones import local_date
from companies.walks import merged
from licensing.models import Installation
from orders.models import Order, OrderLine
from orders.placement import Consent, Seen
from orders.rules.moves import State
from orders.rules.problems import (
    Earlier,
    Found,
    InstallationChanged,
    OrderRefused,
    SameLines,
    SamePurchaseOrder,
    SameSite,
)
from texts import po_numbers
from texts.names import are_similar, same_key, sort_key

RECENT = dt.timedelta(days=7)  # the same lines again within that time need a confirmation
IN_FORCE = (State.HELD, State.IN_REVIEW, State.ISSUED)
OPEN = (State.HELD, State.IN_REVIEW)
SHOWN = 3  # earlier orders that are linked
READ = 20  # orders with the PO number that are read, newest first, to find those for the site
NEWEST = ("-placed_at", "-pk")


def check_guards(order: Order, lines: Sequence[OrderLine], consent: Consent) -> tuple[Found, ...]:
    """The findings that the orderer confirmed. Raises OrderRefused with the others."""
    found = find_guards(order, lines, consent.seen)
    refused = [guard for guard in found if guard.token not in consent.confirmed]
    if refused:
        raise OrderRefused(refused)
    return found


def find_guards(
    order: Order, lines: Sequence[OrderLine], seen: Seen | None = None
) -> tuple[Found, ...]:
    """Takes three statements at most. The order itself is never found, saved or not."""
    found = [
        _changed(order, seen),
        same_purchase_order(order),
        _same_lines(order, lines),
        _same_site(order),
    ]
    return tuple(guard for guard in found if guard)


def same_purchase_order(order: Order) -> SamePurchaseOrder | None:
    """Earlier orders of the company with the PO number, for the same installation or site."""
    key = po_numbers.same_key(order.po_number)
    orders = _others(order, IN_FORCE).filter(po_number_key=key)
    keys = merged([orders.filter(where) for where in _perhaps_at_same_site(order)], NEWEST, READ)
    found = Order.objects.filter(pk__in=keys).order_by(*NEWEST).select_related("installation")
    same = [each for each in found if _is_at_same_site(order, each)]
    return SamePurchaseOrder(order.po_number, _linked(same, order)) if same else None


def _perhaps_at_same_site(order: Order) -> list[Q]:
    """The orders that may be for its site, each by an index: a PO may have thousands of others."""
    key = same_key(order.site)
    at_it = [Q(installation=order.installation_id)] if order.installation_id else []
    if not order.is_new:
        return at_it or [Q(installation=None, site_name_key=key)]
    of_that_name = Installation.objects.of_company(order.company).filter(site_name_key=key)
    new = Q(kind=Order.Kind.NEW, site_name_key=key)
    return [*at_it, new, Q(installation__in=of_that_name.order_by())]


def _is_at_same_site(order: Order, other: Order) -> bool:
    """Whether both orders are for one site. Without installations the names of the sites decide."""
    if order.installation_id or other.installation_id:
        if order.installation_id == other.installation_id:
            return True
        return order.is_new and same_key(other.site) == same_key(order.site)
    return same_key(other.site) == same_key(order.site)


def _changed(order: Order, seen: Seen | None) -> InstallationChanged | None:
    installation = order.installation
    if not (installation and seen and seen.reference == installation.reference):
        return None  # no installation was shown, or another one
    if seen.revision == installation.revision_count:
        return None
    return InstallationChanged(installation.site_name, seen.revision, installation.revision_count)


def _same_lines(order: Order, lines: Sequence[OrderLine]) -> SameLines | None:
    if order.installation_id is None or not lines:
        return None
    first = lines[0]  # any line would do; the filter keeps the number of read orders small
    like_first = OrderLine.objects.filter(
        order=OuterRef("pk"), product=first.product, quantity=first.quantity
    )
    recent = (
        _others(order, IN_FORCE)
        .filter(installation=order.installation_id, placed_at__gte=order.placed_at - RECENT)
        .filter(Exists(like_first))
        .prefetch_related("lines")
    )
    same = [each for each in recent if _told(each.lines.all()) == _told(lines)]
    return SameLines(_linked(same, order)) if same else None


def _told(lines: Iterable[OrderLine]) -> Counter[tuple[object, ...]]:
    return Counter(
        (line.action, line.product_id, line.quantity, line.source_id, line.lot_end)
        for line in lines
    )


def _same_site(order: Order) -> SameSite | None:
    if not order.is_new:
        return None
    key = same_key(order.site_name)
    same = Installation.objects.filter(site_name_key=key).in_sight(order.company.pk)
    by_name = ("site_name_sort", "pk")
    sites = Installation.objects.filter(pk__in=merged(same.walks, by_name, SHOWN)).order_by(
        *by_name
    )
    orders = _open_new(order).filter(site_name_key=key)
    found = [
        *map(_site, sites[:SHOWN]),
        *_linked(orders[:SHOWN], order),
    ]
    return SameSite(order.site_name, tuple(found)) if found else None


def _site(site: Installation) -> Earlier:
    return Earlier(site.site_name, site=site.reference)


def similar_sites(order: Order) -> tuple[Earlier, ...]:
    """Sites that may be the same under another name, among the company's sites and open orders.

    They are only shown and need no confirmation. Two statements, each by the index of likenesses
    alone: the likeness contains the owner, too, and the rest is decided here, so that the database
    reads MAX_READ rows at most, however many sites there are.
    """
    if not (order.is_new and order.site_name):
        return ()
    like = {"site_name_likeness__like_name": (order.site_name, order.company.pk)}
    sites = list(Installation.objects.filter(**like).order_by()[:MAX_READ])
    orders = list(Order.objects.filter(**like).order_by()[:MAX_READ])
    own_sites = [each for each in sites if each.is_of(order.company)]
    own_orders = [each for each in orders if _is_open_new(each, order.company)]
    found = [
        *((each.site_name, _site(each)) for each in own_sites),
        *((each.site_name, _ordered(each, order.company)) for each in own_orders),
    ]
    similar = [pair for pair in found if are_similar(pair[0], order.site_name)]
    similar.sort(key=lambda pair: (sort_key(pair[0]), pair[1].order, pair[1].site))
    return tuple(earlier for _name, earlier in similar[:SHOWN])


def _is_open_new(order: Order, company: Company) -> bool:
    return order.company_id == company.pk and order.is_new and order.state in OPEN


def _ordered(order: Order, company: Company) -> Earlier:
    placed_on = local_date(order.placed_at, company.time_zone)
    return Earlier(f"{order.site_name}, {order}", placed_on, order=order.reference)


def _open_new(order: Order) -> QuerySet[Order]:
    """Orders of the company for sites without an installation yet."""
    return _others(order, OPEN).filter(kind=Order.Kind.NEW)


def _others(order: Order, states: Collection[State]) -> QuerySet[Order]:
    return Order.objects.filter(company=order.company, state__in=states).exclude(pk=order.pk)


def _linked(orders: Iterable[Order], order: Order) -> tuple[Earlier, ...]:
    """Links to the orders, which all belong to the order's company."""
    return tuple(
        Earlier(
            str(each),
            local_date(each.placed_at, order.company.time_zone),
            order=each.reference,
        )
        for each in list(orders)[:SHOWN]
    )
