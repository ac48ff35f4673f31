"""Groups the rows of a file into orders, and orders that depend on each other."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from companies.models import Company
from licensing.models import Serial
from licensing.serial_numbers import fold, without_label
from orders.bulk.clusters import Together
from orders.bulk.file.columns import FileRow
from orders.bulk.file.words import kind_of
from orders.models import Order
from orders.placement import Quote
from orders.quoting.identify import Identified, identify
from texts import po_numbers
from texts.names import same_key

CHUNK = 500  # rows whose serial numbers are looked up in one statement

Key = Hashable
Item = TypeVar("Item")


@dataclass(slots=True)
class Grouped:
    """The groups of the rows, by position in the file, without their values."""

    numbers: list[int]  # the order of each row, from 0
    together: list[int]  # by order: orders that depend on each other have the same number
    unknown: dict[str, Quote] = field(default_factory=dict)  # by look-up key


def group(rows: Iterable[FileRow], company: Company) -> Grouped:
    """Reads all rows once, and keeps only what distinguishes them.

    One statement for each chunk, whatever is quoted: unknown and another company's serials take the
    same path.
    """
    orders = Together()
    shared: list[frozenset[Key]] = []
    unknown: dict[str, Quote] = {}
    for chunk in in_chunks(rows, CHUNK):
        found = _look_up(chunk, company)
        for row in chunk:
            serial = found.found.get(_quote(row))
            orders.add(_keys(row, serial))
            shared.append(frozenset(_shared_keys(row, serial)))
        unknown |= {fold(quote.text): quote for quote in found.unknown}
    numbers = orders.numbers()
    return Grouped(numbers, _together(numbers, shared), unknown)


def in_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _look_up(rows: Sequence[FileRow], company: Company) -> Identified:
    return identify([_quote(row) for row in rows if _quotes(row)], company=company)


def _quote(row: FileRow) -> Quote:
    return Quote("", row.values.get("serial_number", ""))


def _quotes(row: FileRow) -> bool:
    return _kind(row) != Order.Kind.NEW and bool(fold(row.values.get("serial_number", "")))


def _kind(row: FileRow) -> str:
    return kind_of(row.values)


def _keys(row: FileRow, serial: Serial | None) -> Iterator[Key]:
    """The keys of a row's order: rows that share one are one order.

    A row that says neither new nor existing goes with either: an order with a slip in one of its
    rows is refused, never placed without that row.
    """
    po_number = po_numbers.same_key(row.values.get("po_number", ""))
    site = same_key(row.values.get("site_name", ""))
    quoted = fold(without_label(row.values.get("serial_number", "")))
    if _kind(row) != Order.Kind.EXISTING:
        yield "new", po_number, site
    if _kind(row) == Order.Kind.NEW:
        return
    if serial:
        yield "installation", po_number, serial.installation_id
    elif quoted:
        yield "serial", po_number, quoted
    if site or not quoted:
        yield "site", po_number, site


def _shared_keys(row: FileRow, serial: Serial | None) -> Iterator[Key]:
    """The keys of dependence: orders that share one see each other's holdings and guards."""
    if serial:
        yield "installation", serial.installation_id
        yield "site", serial.installation.site_name_key
    elif _kind(row) == Order.Kind.NEW:
        yield "site", same_key(row.values.get("site_name", ""))
    else:
        yield "held", po_numbers.same_key(row.values.get("po_number", ""))


def _together(numbers: Sequence[int], shared: Sequence[Collection[Key]]) -> list[int]:
    keys: list[set[Key]] = [set() for _ in range(max(numbers, default=-1) + 1)]
    for number, more in zip(numbers, shared, strict=True):
        keys[number].update(more)
    clusters = Together()
    for each in keys:
        clusters.add(each)
    return clusters.numbers()
