"""The result as CSV: the unchanged rows of the file, each with its outcome."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from licensing.models import Family, Serial
from licensing.telling import Teller, numbers_in
from orders.bulk.file.columns import COLUMNS, NOTES, RESULT, defused
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
    numbers = [f"{family.lower()}_serial" for family in families]
    header = [*COLUMNS, *RESULT, *numbers, *NOTES]
    yield BOM + writer.writerow(header)
    rows = upload.rows.select_related("order__order__revision").order_by("number")
    stream = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(stream, CHUNK)):
        notes = _Notes(upload, chunk)
        for row in chunk:
            cells = [*_cells(row, families), notes.about(row.order)]
            yield writer.writerow(map(defused, cells))


class _Notes:
    """The standing of the serial numbers in some rows, for the author of the file."""

    def __init__(self, upload: BulkUpload, rows: Iterable[BulkRow]) -> None:
        orders = {row.order_id: row.order for row in rows}.values()
        told = {number for order in orders for number in order.serials.values()}
        reasons = {text for order in orders for _row, text in order.reasons}
        self._teller = Teller(upload.by)
        self._seen = self._teller.read(told | reasons)
        self._told = self._seen | {
            serial.number: serial
            for serial in Serial.objects.select_related("installation__company").filter(
                number__in=told - self._seen.keys()
            )
        }

    def about(self, order: BulkOrder) -> str:
        """Empty if they are still the ones to quote."""
        placed = order.order
        as_of = (placed.revision or placed.placed_at) if placed else None
        named = {number for _row, text in order.reasons for number in numbers_in(text)}
        found = [self._told[number] for number in order.serials.values()]
        found += [self._seen[number] for number in sorted(named & self._seen.keys())]
        said = ((each, self._teller.tell(each, as_of=as_of).standing) for each in found)
        return " ".join(f"{number}: {standing}." for number, standing in said if standing)


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
