"""Two hundred purchase orders in tests/data/, the installations that they find, and what becomes
of each.

The serial numbers in the files are those of the installations: nothing is filled in. Where an
order issues a new one, the expected result says "new", as it is not known before.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from licensing.models import Installation, Product
from licensing.serial_numbers import mint
from orders import actions
from orders.placement import Consent, NewLine, Placing, Quote
from tests.cast import NOW, Cast

DATA = Path(__file__).parent / "data"
FILE = DATA / "purchase_orders.csv"
NEW = "new"  # a serial number that did not exist before


@dataclass(frozen=True)
class Expected:
    """The outcome of one order: `rows` are its rows in the file."""

    case: str
    po_number: str
    rows: tuple[int, ...]
    status: str
    reason: str
    installation: str
    iss_serial: str  # current afterwards; NEW where it is issued by the order
    vai_serial: str


def expected() -> list[Expected]:
    return [
        Expected(rows=tuple(map(int, row.pop("rows").split())), **row)
        for row in _read("purchase_orders_expected.csv")
    ]


def rows() -> dict[int, dict[str, str]]:
    """The rows of the file by their number in it."""
    return dict(enumerate(_read(FILE.name), start=2))


def _read(name: str) -> list[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def install(cast: Cast) -> Cast:
    """Two companies whose orders are issued at once, and their installations that the file finds.

    They came about by orders, over the years; only their serial numbers are set from outside.
    """
    for company in (cast.harbor, cast.summit):
        company.auto_issue = True
        company.save()
    products = {product.pk: product for product in Product.objects.select_related("family")}
    for number, row in enumerate(_read("purchase_orders_sites.csv")):
        _History(cast, row, products).write(5000 + 10 * number)
        if row["po_before"]:
            _order_again(cast, row["po_before"], row["iss"])
    return cast


@dataclass
class _History:
    """The orders that made one installation what it is."""

    cast: Cast
    row: dict[str, str]
    products: dict[str, Product]

    def write(self, po_number: int) -> None:
        """One order for each day on which something starts."""
        by_day = sorted(self._lots(), key=lambda lot: lot[0])
        serials = self._serials(sum(line.product.family_id == "VAI" for _, line in by_day))
        with mock.patch("licensing.actions.mint", side_effect=lambda code: serials[code].pop(0)):
            for number, (at, line) in enumerate(by_day, start=po_number):
                self._order(str(number), line, at)

    def _lots(self) -> Iterator[tuple[dt.datetime, NewLine]]:
        """Like "ISS-Expert 8; VS-ES1 10 2027-03-14": part, units, last day.

        Where the VAI serial was replaced, one unit of the last lot came an hour before the rest.
        """
        lots = self.row["lots"].split("; ")
        for hour, lot in enumerate(lots):
            part, units, last = [*lot.split(), ""][:3]
            at = _start(self.products[part], last) + dt.timedelta(hours=hour)
            if lot == lots[-1] and self.row["vai_before"]:
                yield at - dt.timedelta(minutes=30), NewLine(self.products[part], 1)
                units = str(int(units) - 1)
            yield at, NewLine(self.products[part], int(units))

    def _serials(self, count: int) -> dict[str, list[str]]:
        """The serials to be issued; the VAI one that the file quotes is the last of them."""
        known = [self.row["vai_before"] or mint("VAI"), self.row["vai"]]
        older = [mint("VAI") for _ in range(count - 2)] if count else []
        return {"ISS": [self.row["iss"]], "VAI": older + (known if count > 1 else known[1:])}

    def _order(self, po_number: str, line: NewLine, at: dt.datetime) -> None:
        company = getattr(self.cast, self.row["company"])
        placing: Placing = {
            "company": company,
            "po_number": po_number,
            "lines": [line],
            "by": self.cast.buyer if company == self.cast.harbor else self.cast.outsider,
            "consent": Consent(accepts_warnings=True),
            "at": at,
        }
        site = Installation.objects.filter(site_name=self.row["site_name"]).first()
        if site is None:
            actions.place_new(site_name=self.row["site_name"], **placing)
        else:
            current = site.serials.current()
            quotes = [Quote(serial.family_id, serial.number) for serial in current]
            actions.place_existing(quotes=quotes, **placing)


def _start(product: Product, last: str) -> dt.datetime:
    """When it was ordered, so that it ends on that day; a year ago where it never ends."""
    noon = NOW.replace(hour=12)
    if not last:
        return noon - dt.timedelta(days=365)
    ends = dt.date.fromisoformat(last)
    starts_on = ends.replace(year=ends.year - (product.term_years or 0)) + dt.timedelta(days=1)
    return noon.replace(year=starts_on.year, month=starts_on.month, day=starts_on.day)


def _order_again(cast: Cast, po_number: str, serial: str) -> None:
    """A purchase order of half a year ago."""
    actions.place_existing(
        company=cast.harbor,
        po_number=po_number,
        quotes=[Quote("ISS", serial)],
        lines=cast.lines(ISS_Expert=1),
        by=cast.buyer,
        at=NOW - dt.timedelta(days=180),
    )
