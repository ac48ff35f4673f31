"""Finds orders that look like repeats, links them, and asks about them.

The rule is in docs/domain.md, "Ordering".
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

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


class Before:
    """The orders and sites that orders of one company may repeat, the newest first.

    It is read for one order or for many by the same statements. A preview adds what earlier orders
    of its file will have done.
    """

    def __init__(self) -> None:
        self.of_po: defaultdict[str, list[Order]] = defaultdict(list)
        self.at_site: defaultdict[int | None, list[tuple[Order, Sequence[OrderLine]]]] = (
            defaultdict(list)
        )
        self.sites: defaultdict[str, list[Installation]] = defaultdict(list)  # by their names
        self.open_new: defaultdict[str, list[Order]] = defaultdict(list)  # by names of sites

    def add(self, order: Order, lines: Sequence[OrderLine]) -> None:
        """Adds an order that goes before all others of the same kind."""
        name = same_key(order.site_name)
        self.of_po[po_numbers.same_key(order.po_number)].insert(0, order)
        if order.installation is None:
            if order.is_new:
                self.open_new[name].insert(0, order)
            return
        self.at_site[order.installation.pk].insert(0, (order, lines))
        if order.is_new:
            self.sites[name].append(order.installation)


def read_before(orders: Sequence[tuple[Order, Sequence[OrderLine]]]) -> Before:
    """For orders of one company, saved or not; the orders themselves are left out.

    Takes three statements, or four for new and existing sites together, and one for the lines.
    """
    before = Before()
    if not orders:
        return before
    company = orders[0][0].company
    others = _others(company, [order for order, _lines in orders])
    for each in _of_po(others, [order for order, _lines in orders]):
        before.of_po[each.po_number_key].append(each)
    existing = [pair for pair in orders if pair[0].installation and not pair[0].is_new]
    for each in _recent(others, existing) if existing else ():
        before.at_site[each.installation_id].append((each, list(each.lines.all())))
    new = [order for order, _lines in orders if order.is_new]
    for site in _of_same_name(company, new) if new else ():
        before.sites[site.site_name_key].append(site)
    for each in _open_new(others, new) if new else ():
        before.open_new[each.site_name_key].append(each)
    return before


def _others(company: Company, orders: Iterable[Order]) -> QuerySet[Order]:
    saved = [order.pk for order in orders if order.pk]
    return Order.objects.filter(company=company, state__in=IN_FORCE).exclude(pk__in=saved)


def _of_po(others: QuerySet[Order], orders: Sequence[Order]) -> QuerySet[Order]:
    """The newest orders with one of the PO numbers that may be for one of the sites."""
    keys = {po_numbers.same_key(order.po_number) for order in orders}
    found = others.filter(po_number_key__in=keys)
    walks = [found.filter(where) for where in _perhaps_at_same_site(orders)]
    newest = merged(walks, NEWEST, READ * len(orders))
    same = Order.objects.filter(pk__in=newest).order_by(*NEWEST)
    return same.select_related("installation")


def _perhaps_at_same_site(orders: Sequence[Order]) -> Iterator[Q]:
    """The orders that may be for the sites, each by an index: a PO may have thousands of others."""
    if sites := {order.installation_id for order in orders if order.installation_id}:
        yield Q(installation__in=sites)
    if new := {same_key(order.site) for order in orders if order.is_new}:
        of_that_name = Installation.objects.of_company(orders[0].company).filter(
            site_name_key__in=new
        )
        yield Q(kind=Order.Kind.NEW, site_name_key__in=new)
        yield Q(installation__in=of_that_name.order_by())
    held = [order for order in orders if not (order.is_new or order.installation_id)]
    if names := {same_key(order.site) for order in held}:
        yield Q(installation=None, site_name_key__in=names)


def _recent(
    others: QuerySet[Order], orders: Sequence[tuple[Order, Sequence[OrderLine]]]
) -> QuerySet[Order]:
    first = [lines[0] for _order, lines in orders if lines]  # any line of an order would do
    like_first = OrderLine.objects.filter(
        order=OuterRef("pk"),
        product__in={line.product_id for line in first},
        quantity__in={line.quantity for line in first},
    )  # it keeps the number of read orders small
    since = min(order.placed_at for order, _lines in orders) - RECENT
    sites = {order.installation_id for order, _lines in orders}
    found = others.filter(installation__in=sites, placed_at__gte=since)
    return found.filter(Exists(like_first)).prefetch_related("lines")


def _of_same_name(company: Company, orders: Sequence[Order]) -> QuerySet[Installation]:
    """Without the site that an order has made itself."""
    names = {same_key(order.site_name) for order in orders}
    own = [order.installation_id for order in orders if order.installation_id]
    same = Installation.objects.filter(site_name_key__in=names).exclude(pk__in=own)
    by_name = ("site_name_sort", "pk")
    first = merged(same.in_sight(company.pk).walks, by_name, READ * len(names))
    return Installation.objects.filter(pk__in=first).order_by(*by_name)


def _open_new(others: QuerySet[Order], orders: Sequence[Order]) -> QuerySet[Order]:
    """Orders for sites without an installation yet."""
    names = {same_key(order.site_name) for order in orders}
    found = others.filter(state__in=OPEN, kind=Order.Kind.NEW, site_name_key__in=names)
    return found[:SHOWN] if len(names) == 1 else found


def check_guards(
    order: Order, lines: Sequence[OrderLine], consent: Consent, before: Before | None = None
) -> tuple[Found, ...]:
    """The findings that the orderer confirmed. Raises OrderRefused with the others."""
    found = find_guards(order, lines, consent.seen, before)
    refused = [guard for guard in found if guard.token not in consent.confirmed]
    if refused:
        raise OrderRefused(refused)
    return found


def find_guards(
    order: Order,
    lines: Sequence[OrderLine],
    seen: Seen | None = None,
    before: Before | None = None,
) -> tuple[Found, ...]:
    """Finds them in `before`, or reads that for this order alone, in four statements at most.

    One is enough for a new site whose name the company never had: most are.

    The order itself is never found, saved or not.
    """
    before = before or (read_before([(order, lines)]) if _may_repeat(order) else Before())
    found = [
        _changed(order, seen),
        same_purchase_order(order, before),
        _same_lines(order, lines, before),
        _same_site(order, before),
    ]
    return tuple(guard for guard in found if guard)


def _may_repeat(order: Order) -> bool:
    """Whether there is anything to compare an order for a new site with: its name decides first."""
    if not order.is_new:
        return True
    key, own = same_key(order.site_name), [order.installation_id] if order.installation_id else []
    orders = _others(order.company, [order]).filter(kind=Order.Kind.NEW, site_name_key=key)
    sites = Installation.objects.filter(site_name_key=key).exclude(pk__in=own)
    alike = Q(Exists(orders.order_by()))
    for walk in sites.in_sight(order.company.pk).walks:
        alike |= Q(Exists(walk.order_by()))
    return Company.objects.filter(alike, pk=order.company.pk).exists()


def same_purchase_order(order: Order, before: Before) -> SamePurchaseOrder | None:
    """Earlier orders of the company with the PO number, for the same installation or site."""
    orders = before.of_po[po_numbers.same_key(order.po_number)]
    same = [each for each in orders if _is_at_same_site(order, each)]
    return SamePurchaseOrder(order.po_number, _linked(same, order)) if same else None


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


def _same_lines(order: Order, lines: Sequence[OrderLine], before: Before) -> SameLines | None:
    if order.installation_id is None or order.is_new or not lines:
        return None
    same = [
        each
        for each, its_lines in before.at_site[order.installation_id]
        if each.placed_at >= order.placed_at - RECENT and _told(its_lines) == _told(lines)
    ]
    return SameLines(_linked(same, order)) if same else None


def _told(lines: Iterable[OrderLine]) -> Counter[tuple[object, ...]]:
    return Counter(
        (line.action, line.product_id, line.quantity, line.source_id, line.lot_end)
        for line in lines
    )


def _same_site(order: Order, before: Before) -> SameSite | None:
    if not order.is_new:
        return None
    name = same_key(order.site_name)
    found = [
        *map(_site, before.sites[name][:SHOWN]),
        *_linked(before.open_new[name], order),
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
