"""The page's text about each column, and the sample file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.bulk.file.columns import COLUMNS, OPTIONAL


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    help: Promise
    example: str

    @property
    def may_be_absent(self) -> bool:
        return self.name in OPTIONAL


GUIDE = (
    Column(
        "po_number",
        _("The number of your purchase order. Rows with the same number and site are one order."),
        "PO-7001",
    ),
    Column("kind", _("Is the installation new, or existing?"), "existing"),
    Column(
        "site_name",
        _(
            "The name of the new site. For an existing site it may be empty. If you write "
            "it, rows with the same name are one order, even if a serial number is not "
            "found."
        ),
        "Harbor Point Terminal",
    ),
    Column(
        "serial_number",
        _(
            "The serial number of the existing installation; empty for a new one. If its "
            "license types have different serial numbers, write in each row the number of "
            "that row’s type. If it is missing or not found, the order is held until you "
            "give it."
        ),
        "ISS-7K3M-9QWX-4TZ8-2HPC",
    ),
    Column("part_number", _("What you order, as in the catalog."), "VS-ADV3"),
    Column("quantity", _("How many, from 1 to 100,000."), "12"),
    Column("action", _("Is it to add, upgrade or renew?"), "add"),
    Column(
        "from_part_number",
        _("For upgrade and renew: the part number that the installation holds now."),
        "VS-ES3",
    ),
    Column(
        "lot_end",
        _(
            "For upgrade and renew, if several lots fit: the last valid day of the lot that "
            "you mean."
        ),
        "2026-12-15",
    ),
    Column(
        "start_date",
        _("For add: the start day of a subscription, if it is not the day of issue."),
        "2027-01-01",
    ),
    Column(
        "notify",
        _("More people who get the confirmation: email addresses with semicolons between."),
        "site@customer.example",
    ),
)

_SERIALS = ("ISS-7K3M-9QWX-4TZ8-2HPC", "VAI-1B2C-3D4E-5F6G-7H8J", "VAI-9Z8Y-7X6W-5V4T-3S2R")
_SAMPLE = f"""
PO-7001,new,Pier 9 Warehouse,,ISS-Expert,8,add
PO-7001,new,Pier 9 Warehouse,,ISS-Failover,1,add
PO-7002,new,Harbor Point Garage,,VS-ES1,4,add,,,,it@pier.example
PO-7003,existing,Marina Hotel,{_SERIALS[0]},ISS-Expert,2,add
PO-7003,existing,Marina Hotel,{_SERIALS[1]},VS-ADV1,4,upgrade,VS-ES1
PO-7004,existing,,{_SERIALS[2]},VS-ES3,6,renew,VS-ES1,2026-12-15
"""


def sample_rows() -> list[list[str]]:
    """The header, and an order of each kind. Its serial numbers were never issued."""
    rows = [line.split(",") for line in _SAMPLE.strip().splitlines()]
    return [list(COLUMNS), *([*row, *[""] * (len(COLUMNS) - len(row))] for row in rows)]


def sample() -> str:
    text = io.StringIO()
    csv.writer(text).writerows(sample_rows())
    return text.getvalue()
