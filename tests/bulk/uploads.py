"""Files for the tests, and the way from one to its preview and its orders."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from companies.models import User
from orders.bulk import actions, result
from orders.bulk.file.columns import COLUMNS
from orders.models import Order
from orders.models.bulk import BulkOrder, BulkUpload
from tests.cast import Cast

Row = dict[str, Any]


def row(po_number: str, **values: Any) -> Row:
    """An order for a new site, unless something else is said."""
    usual = {"kind": "new", "part_number": "ISS-Expert", "quantity": 1, "action": "add"}
    return {"po_number": po_number, **usual, **values}


def existing(po_number: str, serial: str, **values: Any) -> Row:
    return row(po_number, kind="existing", serial_number=serial, **values)


def as_csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@dataclass
class Desk:
    """Uploads for Harbor, as its buyer unless somebody else is named."""

    cast: Cast

    def upload(self, *rows: Row, by: User | None = None, **more: Any) -> BulkUpload:
        return self.upload_file(as_csv(rows), by=by, **more)

    def upload_file(self, content: bytes, by: User | None = None, **more: Any) -> BulkUpload:
        return actions.upload(
            company=self.cast.harbor,
            file=io.BytesIO(content),
            name="orders.csv",
            by=by or self.cast.buyer,
            **more,
        )

    def preview(self, *rows: Row, **more: Any) -> BulkUpload:
        return finish(self.upload(*rows, **more))

    def place(self, *rows: Row, **more: Any) -> BulkUpload:
        return place(self.preview(*rows, **more))


def finish(upload: BulkUpload) -> BulkUpload:
    """All steps of its phase."""
    while upload.is_running:
        actions.go_on(upload, by=upload.by)
    return upload


def place(upload: BulkUpload) -> BulkUpload:
    return finish(actions.place(upload, by=upload.by))


def decided(upload: BulkUpload) -> list[tuple[str, str]]:
    """Status and reasons of each order of the file."""
    return [(order.status, reasons(order)) for order in upload.orders.order_by("position")]


def reasons(order: BulkOrder) -> str:
    return " ".join(text for _, text in order.reasons)


def results(upload: BulkUpload) -> list[dict[str, str]]:
    text = "".join(result.lines(upload))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def orders() -> list[tuple[str, str]]:
    """PO number and status of all orders."""
    return list(Order.objects.order_by("pk").values_list("po_number", "state"))
