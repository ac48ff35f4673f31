"""The result: the rows of the file as they were, and what became of each, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from licensing.models import Family
from orders.bulk.file.columns import COLUMNS, RESULT, defused
from orders.bulk.wording import about_row
from orders.models.bulk import BulkOrder, BulkRow, BulkUpload, Status

BOM = "\ufeff"  # or Excel takes it for a file of another time
CHUNK = 500
MAX_OTHERS = 5  # reasons about other rows, repeated at each that has none of its own
KNOWN_SITE = (Status.ISSUED, Status.IN_REVIEW)


class _Line:
    """What the writer writes to: gives the line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def lines(upload: BulkUpload) -> Iterator[str]:
    """Line by line, as ten thousand rows should not be in memory at once."""
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
    yield order.status
    yield reason_for(order, row.number)
    yield order.order.reference if order.order else ""
    yield order.site if order.status in KNOWN_SITE else ""
    yield from (order.serials.get(family, "") for family in families)


def reason_for(order: BulkOrder, row: int) -> str:
    """What is about the row itself, or about its whole order; else which row it is about."""
    own = [text for about, text in order.reasons if about in (None, row)]
    return " ".join(own or [about_row(about, text) for about, text in order.reasons[:MAX_OTHERS]])
