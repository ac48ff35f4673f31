"""The columns of a bulk file: those in its header, and its rows by column. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from orders.bulk.file.csv_file import read_csv
from orders.bulk.file.table import MAX_ROWS, Fault, FileRefused, Row
from orders.bulk.file.words import column_of
from orders.bulk.file.xlsx_file import read_xlsx

NEEDED = (
    "po_number", "kind", "site_name", "serial_number", "part_number", "quantity", "action",
)  # fmt: skip
OPTIONAL = ("from_part_number", "lot_end", "start_date", "notify")
COLUMNS = (*NEEDED, *OPTIONAL)
# What identifies something is taken as its author saw it, or not at all.
IDENTIFYING = frozenset(
    {"po_number", "site_name", "serial_number", "part_number", "from_part_number"}
)
MAX_TITLE_ROWS = 20  # above the header
NAMES_OF_A_HEADER = 3  # columns that a row names, to be the header below a title
# Of a result file, which may come back with its rows put right; "…_serial" besides.
RESULT = ("status", "reason", "order_number", "installation")
NOTES = ("serial_note",)  # after the serials

ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row below the header: its number in the file, and its values by column."""

    number: int
    values: Mapping[str, str]


def read_rows(file: BinaryIO) -> Iterator[FileRow]:
    """The rows of orders in the file; blank rows are left out. Raises FileRefused."""
    rows = (row for row in _table(file) if not row.is_blank)
    header = _header(rows)
    columns = _columns_by_position(header)
    count = orders = 0
    for count, row in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise FileRefused(Fault.TOO_MANY_ROWS, row.number)
        if not _is_total(values := _by_column(row, columns)):
            orders += 1
            yield values
    if not orders:
        raise FileRefused(Fault.EMPTY, header.number + 1)


def _table(file: BinaryIO) -> Iterator[Row]:
    """Reads the kind from the first bytes: name and stated type may be wrong."""
    file.seek(0)
    begin = file.read(4)
    if begin == OLE:
        raise FileRefused(Fault.LOCKED)
    return read_xlsx(file) if begin == ZIP else read_csv(file)


def _header(rows: Iterator[Row]) -> Row:
    """The first row that names columns; a title may stand above it."""
    above = list(islice(rows, 1))
    if not above:
        raise FileRefused(Fault.EMPTY)
    for row in chain(above, islice(rows, MAX_TITLE_ROWS)):
        if sum(column_of(title) in COLUMNS for title in row.cells) >= NAMES_OF_A_HEADER:
            return row
    return above[0]  # whose names are the ones to be told about


def _is_total(row: FileRow) -> bool:
    """A sum that people write below a list: it names no product, and it orders nothing."""
    first = next(filter(None, row.values.values()), "")
    return not row.values.get("part_number") and bool(_TOTAL.fullmatch(first))


_TOTAL = re.compile(r"(?:(?:grand|sub|gran)[ -]?)?total:?|sum:?|suma:?", re.IGNORECASE)


def _columns_by_position(header: Row) -> dict[int, str]:
    """The column by its place in a row, from 0; what we wrote ourselves is left out."""
    _check_not_merged(header)
    columns: dict[int, str] = {}
    for at, title in enumerate(header.cells):
        name = column_of(title)
        if name in COLUMNS:
            if name in columns.values():
                raise FileRefused(Fault.COLUMN_TWICE, header.number, at + 1, title)
            columns[at] = name
        elif name in RESULT or name in NOTES or name.endswith("_serial"):
            columns[at] = ""
        elif name:
            raise FileRefused(Fault.UNKNOWN_COLUMN, header.number, at + 1, title)
    missing = [name for name in NEEDED if name not in columns.values()]
    if missing:
        last = max(columns, default=-1) + 2
        raise FileRefused(Fault.COLUMN_MISSING, header.number, last, missing[0])
    return columns


def _by_column(row: Row, columns: Mapping[int, str]) -> FileRow:
    _check_not_merged(row)
    values = {}
    for at, text in enumerate(row.cells):
        name = columns.get(at)
        if name is None and text:
            raise FileRefused(Fault.NO_HEADER, row.number, at + 1, text)
        if name and (fault := _fault(name, row, at)):
            raise FileRefused(fault, row.number, at + 1, text)
        if name:
            values[name] = undefused(text)
    return FileRow(row.number, values)


def _check_not_merged(row: Row) -> None:
    if row.merged:
        raise FileRefused(Fault.MERGED, row.number, row.merged.column, row.merged.cells)


def _fault(name: str, row: Row, at: int) -> Fault | None:
    """Why the cell can't be taken as its author saw it, if there is a reason."""
    fault = row.suspects.get(at)
    return fault if name in IDENTIFYING or fault is Fault.HIDDEN_COLUMN else None


# A cell that a spreadsheet would run as a formula -----------------------------------------

RUN = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """Marks the text so that every spreadsheet program reads it as a text."""
    return f"'{text}" if text.startswith(RUN) else text


def undefused(text: str) -> str:
    """The text without the mark of our result file."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RUN) else text
