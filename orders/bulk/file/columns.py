"""The columns of a bulk file: those in its header, and its rows by column. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from orders.bulk.file.csv_file import read_csv
from orders.bulk.file.table import MAX_ROWS, Fault, FileRefused, Row
from orders.bulk.file.xlsx_file import read_xlsx

NEEDED = (
    "po_number", "kind", "site_name", "serial_number", "part_number", "quantity", "action",
)  # fmt: skip
OPTIONAL = ("from_part_number", "lot_end", "start_date", "notify")
COLUMNS = (*NEEDED, *OPTIONAL)
# Columns of a result file, which may come back with corrected rows; "…_serial" besides.
RESULT = ("status", "reason", "order_number", "installation")

ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row below the header: its number in the file, and its values by column."""

    number: int
    values: Mapping[str, str]


def read_rows(file: BinaryIO) -> Iterator[FileRow]:
    """The rows of orders in the file; blank rows are left out. Raises FileRefused."""
    rows = (row for row in _table(file) if not row.is_blank)
    header = next(rows, None)
    if header is None:
        raise FileRefused(Fault.EMPTY)
    columns = _columns_by_position(header)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise FileRefused(Fault.TOO_MANY_ROWS, row.number)
        yield _by_column(row, columns)
    if not count:
        raise FileRefused(Fault.EMPTY, header.number + 1)


def _table(file: BinaryIO) -> Iterator[Row]:
    """Reads the kind from the first bytes: name and stated type may be wrong."""
    file.seek(0)
    begin = file.read(4)
    if begin == OLE:
        raise FileRefused(Fault.LOCKED)
    return read_xlsx(file) if begin == ZIP else read_csv(file)


def _columns_by_position(header: Row) -> dict[int, str]:
    """Column names by position in a row, from 0; columns of our own results are left out."""
    columns: dict[int, str] = {}
    for at, title in enumerate(header.cells):
        name = re.sub(r"[\s_-]+", "_", title.strip().casefold())
        if name in COLUMNS:
            if name in columns.values():
                raise FileRefused(Fault.COLUMN_TWICE, header.number, at + 1, title)
            columns[at] = name
        elif name in RESULT or name.endswith("_serial"):
            columns[at] = ""
        elif name:
            raise FileRefused(Fault.UNKNOWN_COLUMN, header.number, at + 1, title)
    missing = [name for name in NEEDED if name not in columns.values()]
    if missing:
        last = max(columns, default=-1) + 2
        raise FileRefused(Fault.COLUMN_MISSING, header.number, last, missing[0])
    return columns


def _by_column(row: Row, columns: Mapping[int, str]) -> FileRow:
    values = {}
    for at, text in enumerate(row.cells):
        name = columns.get(at)
        if name is None and text:
            raise FileRefused(Fault.NO_HEADER, row.number, at + 1, text)
        if name:
            values[name] = undefused(text)
    return FileRow(row.number, values)


# A cell that a spreadsheet would run as a formula -----------------------------------------

RUN = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """Marks the text so that every spreadsheet program reads it as a text."""
    return f"'{text}" if text.startswith(RUN) else text


def undefused(text: str) -> str:
    """The text without the mark of our result file."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RUN) else text
