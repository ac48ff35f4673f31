"""The search of customers: serials, sites and PO numbers.

Each arm of it is a walk of its own and ends after MAX_FOUND rows. What they found is put together
by key and ranked; only what is shown of it is read whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import QuerySet

from companies.walks import Sight, merged
from licensing.models import Installation, InstallationQuerySet, Serial
from orders.models import Order, OrderQuerySet
from texts import po_numbers
from texts.names import distance, has_parts, has_parts_with_slips, parts_of, same_key

MAX_FOUND = 100  # sites; a search that finds more of them is better made longer
ENOUGH = 25  # sites, a page of them: no more are looked for where there are so many at once
WINDOW = 200  # first sites whose names are read, before the index of letters is asked
NEWEST = ("-placed_at", "-pk")
NAME = ("pk", "site_name_key", "site_name_sort")

SiteSight = Sight[InstallationQuerySet]
OrderSight = Sight[OrderQuerySet]


class Rank(NamedTuple):
    """The place of a site among those that were found: its number first, then its name."""

    distance: int  # 0 by a number, else by how far the name is from the query
    sort: str
    site: int


@dataclass(frozen=True, slots=True)
class Names:
    found: Collection[tuple[int, str, str]]  # by NAME
    more: bool

    def ranks(self, whole: str) -> Iterator[Rank]:
        for site, key, sort in self.found:
            yield Rank(1 + distance(whole, key), sort, site)


@dataclass(frozen=True, slots=True)
class FoundSites:
    keys: Sequence[int]  # of the sites, the best first
    by_serial: bool = False  # whether the first is found by a serial number of its own
    by_old_serial: bool = False  # and whether that one was replaced
    more: bool = False  # whether there are more than these

    def after(self, last: QuerySet[Installation]) -> FoundSites:
        """The sites behind this one; all of them, where it is none of them."""
        key = last.order_by().values_list("pk", flat=True).first()
        start = self.keys.index(key) + 1 if key in self.keys else 0
        return replace(self, keys=self.keys[start:])

    def read(self, rows: QuerySet[Installation], *, first: int) -> list[Installation]:
        """The first of them, if they are among these rows; one statement."""
        by_key = rows.in_bulk(self.keys[:first])
        return [by_key[key] for key in self.keys[:first] if key in by_key]


def find_installations(sites: SiteSight, orders: OrderSight, query: str) -> FoundSites:
    """Finds installations by serial, site name, PO number or order number.

    It finds any serial of the history in any spelling, and numbers of `orders`. If serials of
    several sites read like the query, it finds all of them, unless one is written exactly so. Of a
    name it finds parts in any order; where it finds nothing, names that perhaps were mistyped.
    """
    if not sites.companies:
        return FoundSites([])
    serials, names = _by_serial(sites, query), _by_name(sites, query)
    found = {rank.site: rank for rank in serials}
    for rank in (*_by_order(sites, orders, query), *names.ranks(same_key(query))):
        found.setdefault(rank.site, rank)
    keys = [rank.site for rank in sorted(found.values() or _by_slip(sites, query))]
    return FoundSites(
        keys[:MAX_FOUND],
        by_serial=bool(serials),
        by_old_serial=bool(serials) and not any(serials.values()),
        more=names.more or len(keys) > MAX_FOUND,
    )


def find_orders(orders: OrderSight, query: str, *, first: int) -> list[Order]:
    """Finds orders by PO number or order number, then orders for a new site by its name."""
    if not orders.companies:
        return []
    arms = [*_numbered(orders, query), *_orders_by_name(orders, query, first)]
    keys = merged(arms, NEWEST, first)
    rows = Order.objects.filter(pk__in=keys).select_related("installation").order_by(*NEWEST)
    return sorted(rows, key=lambda order: not _has_number(order, query))[:first]


# The arms -------------------------------------------------------------------------------------


def _by_serial(sites: SiteSight, query: str) -> dict[Rank, bool]:
    """The sites that had the serial, and whether it is current."""
    serials = Serial.objects.filter(installation__in=sites.rows).meant_by(query).order_by()
    rows = serials.values_list("installation__site_name_sort", "installation", "is_current")
    told: dict[Rank, bool] = {}
    for sort, site, is_current in rows[: MAX_FOUND + 1]:
        rank = Rank(0, sort, site)
        told[rank] = told.get(rank, False) or is_current
    return told


def _by_order(sites: SiteSight, orders: OrderSight, query: str) -> Iterator[Rank]:
    if not orders.companies:
        return
    keys = merged(_numbered(orders, query), NEWEST, MAX_FOUND + 1)
    found = Order.objects.filter(pk__in=keys, installation__in=sites.rows).order_by()
    for sort, site in found.values_list("installation__site_name_sort", "installation"):
        yield Rank(0, sort, site)


def _numbered(orders: OrderSight, query: str) -> list[OrderQuerySet]:
    """Orders with this PO number in any spelling, and the order with this order number."""
    key = po_numbers.same_key(query)
    by_po = [walk.filter(po_number_key=key) for walk in orders.walks]
    return [*by_po, orders.rows.filter(reference=query.lower())]


def _has_number(order: Order, query: str) -> bool:
    return order.po_number_key == po_numbers.same_key(query) or order.reference == query.lower()


def _by_name(sites: SiteSight, query: str) -> Names:
    """The names with all parts of the query, in any order.

    The first names are read in any case, and the same one: where much is found, they hold enough
    of it, while the index of letters would count all of it.
    """
    share = max(1, WINDOW // len(sites.walks))
    same = [walk.filter(site_name_key=same_key(query)) for walk in sites.walks]
    first = set(merged([*sites.walks, *same], ("site_name_sort", "pk"), share, NAME))
    found = {row for row in first if has_parts(row[1], parts_of(query))}
    if len(first) < share:  # these are all
        return Names(found, more=False)
    if len(found) > ENOUGH:
        return Names(found, more=True)
    named = sites.by_letters(MAX_FOUND + 1, site_name_key__has_parts=query)
    found |= set(named.order_by().values_list(*NAME))
    return Names(found, more=len(found) > MAX_FOUND)


def _orders_by_name(orders: OrderSight, query: str, first: int) -> list[OrderQuerySet]:
    """Orders for a new site whose name has all parts of the query, looked up as `_by_name`."""
    waiting = [walk.filter(installation=None) for walk in orders.walks]
    share = max(1, WINDOW // len(waiting))
    newest = set(merged(waiting, NEWEST, share, ("pk", "site_name_key")))
    found = [key for key, name in newest if has_parts(name, parts_of(query))]
    arms = [orders.rows.filter(pk__in=found)]
    if len(newest) >= share and len(found) < first:
        arms.append(orders.by_letters(MAX_FOUND, installation=None, site_name_key__has_parts=query))
    return arms


def _by_slip(sites: SiteSight, query: str) -> Iterator[Rank]:
    """The names that have all words of the query, each perhaps with one slip."""
    parts = parts_of(query)
    perhaps = sites.by_letters(WINDOW, site_name_key__has_parts_with_slips=query)
    for site, key, sort in perhaps.order_by().values_list(*NAME):
        if has_parts_with_slips(key, parts):
            yield Rank(0, sort, site)
