"""Reads one order from its rows and finds problems in them before any rule is asked."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from companies.addresses import validate_can_be_written_to
from companies.plain_text import validate_one_line
from licensing.models import Product, UpgradePath
from licensing.serial_numbers import MAX_LENGTH, are_one
from licensing.serial_policy import Action
from orders.bulk.file.columns import FileRow
from orders.bulk.file.words import action_of, kind_of
from orders.models import MAX_LINES, MAX_NOTIFIED, MAX_QUANTITY, Order
from orders.placement import NewLine, Quote
from texts import parts
from texts.addresses import MAX_ADDRESS, stored_forms, written_in
from texts.names import LONGEST_NAME
from texts.po_numbers import MAX_PO_NUMBER

MAX_NEAR = 3  # part numbers that are offered instead of an unknown one
LENGTHS = {"po_number": MAX_PO_NUMBER, "site_name": LONGEST_NAME, "serial_number": MAX_LENGTH}

Catalog = Mapping[str, Product]  # by part number, and by its key if no other part has it
Paths = Collection[tuple[str, str]]  # pairs of part numbers: what can be upgraded to what
Value = TypeVar("Value")


class Wrong(StrEnum):
    """The problem of a value. The column is told beside it."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_ONE_LINE = "not_one_line"
    KIND = "kind"
    ACTION = "action"
    NO_PART = "no_part"  # not in the catalog
    NOT_ORDERABLE = "not_orderable"
    QUANTITY = "quantity"
    DATE = "date"
    ADDRESS = "address"
    SERIAL_OF_NEW = "serial_of_new"  # a new installation has none
    FROM_OF_ADD = "from_of_add"  # only an upgrade or a renewal takes from something
    START_OF_CHANGE = "start_of_change"  # only an added product has a start
    TOO_MANY_LINES = "too_many_lines"
    TOO_MANY_ADDRESSES = "too_many_addresses"
    SITE_NAMES = "site_names"  # one name to us, perhaps two to the author
    TOO_MANY_TOGETHER = "too_many_together"  # orders for one site in one file
    MORE = "more"  # more problems than are told


@dataclass(frozen=True, slots=True)
class RowProblem:
    row: int | None  # None: about the whole order
    wrong: Wrong
    column: str = ""
    value: str = ""
    near: tuple[str, ...] = ()  # part numbers that were perhaps meant


@dataclass(slots=True)
class Asked:
    """One order, ready to be placed unless there are problems."""

    kind: Order.Kind = Order.Kind.EXISTING
    po_number: str = ""
    site_name: str = ""
    quotes: list[Quote] = field(default_factory=list)
    lines: list[NewLine] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # for each line, its number in the file
    notify: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def add_address(self, address: str) -> None:
        """Adds a stored form once; one address above the limit is enough to refuse the order."""
        if len(self.notify) <= MAX_NOTIFIED and address not in self.notify:
            self.notify.append(address)


def read_catalog() -> Catalog:
    """Takes one statement."""
    products = {each.pk: each for each in Product.objects.select_related("family", "kit_of")}
    keys = Counter(map(parts.same_key, products))
    by_key = {parts.same_key(name): product for name, product in products.items()}
    return {key: by_key[key] for key, count in keys.items() if count == 1} | products


def read_paths() -> Paths:
    """Takes one statement."""
    paths = UpgradePath.objects.filter(active=True)
    return frozenset(paths.values_list("from_product", "to_product"))


def read_order(rows: Sequence[FileRow], catalog: Catalog) -> Asked:
    """Reads rows with the same PO number and installation.

    If there are more rows than an order may have, it reads none: it would compare all with each
    other.
    """
    asked = Asked()
    if len(rows) > MAX_LINES:
        asked.problems.append(RowProblem(None, Wrong.TOO_MANY_LINES, value=str(len(rows))))
        return asked
    for row in rows:
        _Reader(row, asked, catalog).read()
    if len(names := _names_of_site(rows)) > 1:
        asked.problems.append(RowProblem(None, Wrong.SITE_NAMES, value=" / ".join(names)))
    if len(asked.notify) > MAX_NOTIFIED:
        asked.problems.append(
            RowProblem(None, Wrong.TOO_MANY_ADDRESSES, value=str(len(asked.notify)))
        )
    return asked


def _names_of_site(rows: Sequence[FileRow]) -> list[str]:
    """The spellings in the rows that differ by more than case and blanks."""
    names = (row.values.get("site_name", "") for row in rows)
    return list({" ".join(name.split()).casefold(): name for name in names if name}.values())


class _Bad(Exception):
    """A value that can't be read."""

    def __init__(self, wrong: Wrong, near: Sequence[str] = ()) -> None:
        self.wrong, self.near = wrong, tuple(near)


class _Reader:
    """Puts the values of one row into the order, or the problems with them."""

    def __init__(self, row: FileRow, asked: Asked, catalog: Catalog) -> None:
        self.row, self.asked, self.catalog = row, asked, catalog

    def read(self) -> None:
        asked = self.asked
        asked.po_number = self._value("po_number", _needed) or asked.po_number
        kind = self._value("kind", self._kind)
        asked.kind = kind or asked.kind
        site = self._value("site_name", _needed if kind is Order.Kind.NEW else str)
        if kind is Order.Kind.NEW:
            asked.site_name = asked.site_name or site or ""
        self._read_line(kind)
        for address in self._value("notify", _addresses) or ():
            asked.add_address(address)

    def _read_line(self, kind: Order.Kind | None) -> None:
        product = self._value("part_number", self._orderable)
        quantity = self._value("quantity", _quantity)
        action = self._value("action", _action)
        serial = self._value("serial_number", _no_serial if kind is Order.Kind.NEW else str)
        if product and serial:
            self._quote(product.family_id, serial)
        if action is None:
            return
        source, lot_end, starts_on = self._read_change(action)
        if product and quantity:
            self.asked.lines.append(NewLine(product, quantity, action, source, lot_end, starts_on))
            self.asked.rows.append(self.row.number)

    def _read_change(self, action: Action) -> tuple[Product | None, dt.date | None, dt.date | None]:
        """The source and its lot of an upgrade or a renewal; or the start of an added product."""
        adds = action is Action.ADD
        of_change, of_add = Wrong.FROM_OF_ADD, Wrong.START_OF_CHANGE
        return (
            self._value("from_part_number", _only(not adds, of_change, self._source)),
            self._value("lot_end", _only(not adds, of_change, _day)),
            self._value("start_date", _only(adds, of_add, _day)),
        )

    def _quote(self, family: str, serial: str) -> None:
        """Keeps each serial once; the look-up finds its license type."""
        if not any(are_one(serial, quote.text) for quote in self.asked.quotes):
            self.asked.quotes.append(Quote(family, serial))

    def _value(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """The value as that function reads it; None, with the problem noted, if it can't."""
        text = self.row.values.get(column, "")
        try:
            _check_text(text, LENGTHS.get(column))
            return read(text)
        except _Bad as bad:
            problem = RowProblem(self.row.number, bad.wrong, column, text[:60], bad.near)
            self.asked.problems.append(problem)
            return None

    def _kind(self, text: str) -> Order.Kind:
        try:
            return Order.Kind(_needed(kind_of(self.row.values)))
        except ValueError:
            raise _Bad(Wrong.KIND) from None

    def _orderable(self, text: str) -> Product:
        product = self._product(_needed(text))
        if not product.active:
            raise _Bad(Wrong.NOT_ORDERABLE)
        return product

    def _product(self, text: str) -> Product:
        product = self.catalog.get(text) or self.catalog.get(parts.same_key(text))
        if product is None:
            offered = sorted({each.pk for each in self.catalog.values() if each.active})
            raise _Bad(Wrong.NO_PART, parts.near(text, offered)[:MAX_NEAR])
        return product

    def _source(self, text: str) -> Product | None:
        """The product that is upgraded or renewed; it may be off the market."""
        return self._product(_needed(text))


def _check_text(text: str, longest: int | None) -> None:
    if longest and len(text) > longest:
        raise _Bad(Wrong.TOO_LONG)
    try:
        validate_one_line(text)
    except ValidationError:
        raise _Bad(Wrong.NOT_ONE_LINE) from None


def _needed(text: str) -> str:
    if not text:
        raise _Bad(Wrong.MISSING)
    return text


def _no_serial(text: str) -> str:
    if text:
        raise _Bad(Wrong.SERIAL_OF_NEW)
    return text


def _action(text: str) -> Action:
    try:
        return Action(action_of(_needed(text)))
    except ValueError:
        raise _Bad(Wrong.ACTION) from None


def _quantity(text: str) -> int:
    """Written as people do it: 1200, 1,200, 4.0, 4,00 or 44 ea.

    1.200 is twelve hundred to some and a little more than one to others.
    """
    found = _QUANTITY.fullmatch(_needed(text))
    if not found:
        raise _Bad(Wrong.QUANTITY)
    quantity = int((found["number"] or found["whole"]).replace(",", ""))
    if not 1 <= quantity <= MAX_QUANTITY:
        raise _Bad(Wrong.QUANTITY)
    return quantity


_QUANTITY = re.compile(
    r"(?:(?P<number>[0-9]{1,6}|[0-9]{1,3},[0-9]{3})(?:\.(?:00?|0000))?|(?P<whole>[0-9]{1,6}),00?)"
    r"(?: ?(?:ea|each|pcs?|pieces?|units?|licenses?|uds?|unidad(?:es)?|licencias?)\.?)?",
    re.ASCII | re.IGNORECASE,
)


def _only(
    right: bool, wrong: Wrong, read: Callable[[str], Value | None]
) -> Callable[[str], Value | None]:
    """A reader that refuses a filled-in column with `wrong` unless `right`."""

    def refuse(text: str) -> None:
        if text:
            raise _Bad(wrong)

    return read if right else refuse


def _day(text: str) -> dt.date | None:
    """A day like 2026-12-15, or 12/15/2026 as American spreadsheets write it."""
    if not text:
        return None
    iso = re.fullmatch(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})", text)
    american = re.fullmatch(r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4})", text)
    if not (found := iso or american):
        raise _Bad(Wrong.DATE)
    try:
        return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        raise _Bad(Wrong.DATE) from None


def _addresses(text: str) -> list[str]:
    """With semicolons, commas or blanks between, and perhaps names before them."""
    found = stored_forms(written_in(text))
    addresses = found[: MAX_NOTIFIED + 1]  # one more is too many already
    for address in addresses:
        try:
            validate_email(address)
            validate_can_be_written_to(address)
        except ValidationError:
            raise _Bad(Wrong.ADDRESS) from None
        if len(address) > MAX_ADDRESS:
            raise _Bad(Wrong.ADDRESS)
    return addresses
