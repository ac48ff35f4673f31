"""The result as CSV: the unchanged rows of the file, each with its outcome."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from licensing.models import Family
from orders.bulk.file.columns import COLUMNS, RESULT, defused
from orders.bulk.wording import about_row
from orders.models.bulk import BulkOrder, BulkRow, BulkUpload, Status

BOM = "\ufeff"  # otherwise Excel takes it for another encoding
CHUNK = 500
MAX_OTHERS = 5  # reasons about other rows, repeated at each row without its own
KNOWN_SITE = (Status.ISSUED, Status.IN_REVIEW)


class _Line:
    """A file for the writer that returns each line instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def lines(upload: BulkUpload) -> Iterator[str]:
    """Yields line by line, so that ten thousand rows are never in memory at once."""
    families = list(Family.objects.values_list("code", flat=True))
    writer = csv.writer(_Line())
    header = [*COLUMNS, *RESULT, *(f"{family.lower()}_serial" for family in families)]
    yield BOM + writer.writerow(header)
    rows = upload.rows.select_related("order__order").order_by("number")
    for row in rows.iterator(chunk_size=CHUNK):
        yield writer.writerow(map(defused, _cells(row, families)))


def _cells(row: BulkRow, families: Sequence[str]) -> Iterable[str]:
    order = row.order
    yield from (row.values.get(column, "") for column in COLUMNS)
    yield _status(order)
    yield reason_for(order, row.number)
    yield order.order.reference if order.order else ""
    yield order.site if order.status in KNOWN_SITE else ""
    yield from (order.serials.get(family, "") for family in families)


def _status(order: BulkOrder) -> str:
    """Nothing is called issued before it is."""
    if order.is_placed or order.status in ("", Status.REFUSED):
        return order.status
    return f"would_be_{order.status}"


def reason_for(order: BulkOrder, row: int) -> str:
    """The reason about the row or its whole order; else the rows with the reasons."""
    own = [text for about, text in order.reasons if about in (None, row)]
    return " ".join(own or [about_row(about, text) for about, text in order.reasons[:MAX_OTHERS]])
