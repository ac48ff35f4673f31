"""The columns of a bulk file: those in its header, and its rows by column. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from orders.bulk.file.csv_file import read_csv
from orders.bulk.file.table import (
    MAX_ROWS,
    AsRead,
    Fault,
    Faults,
    FileRefused,
    Row,
    is_unreadable,
)
from orders.bulk.file.words import column_of, names_columns
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
# They may say something else than was typed; a quantity or a day says what it says.
CHANGED = frozenset({Fault.CHANGED_NUMBER, Fault.MADE_A_DATE, Fault.SHOWN_OTHERWISE})
MAX_TITLE_ROWS = 20  # above the header
MAX_TITLE = 60  # characters of the title of a column, as it is told
# Of a result file, which may come back with its rows put right; "…_serial" besides.
RESULT = ("status", "reason", "order_number", "installation")
NOTES = ("serial_note",)  # after the serials

ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row below the header: its number in the file, and its values by column."""

    number: int
    values: Mapping[str, str]


def read_rows(file: BinaryIO, as_read: AsRead | None = None) -> Iterator[FileRow]:
    """The rows of orders in the file; blank rows are left out.

    Raises FileRefused for all faults of the file at its end; it yields no row behind the first one.
    """
    faults = Faults()
    try:
        for row in _Reader(file, faults, as_read or AsRead()).read():
            if not faults.problems:
                yield row
    except FileRefused as end:
        raise FileRefused.for_all([*faults.problems, *end.problems]) from None
    if faults.problems:
        raise FileRefused.for_all(faults.problems)


class _Reader:
    """Reads the rows by their columns, and collects what is wrong with them."""

    def __init__(self, file: BinaryIO, faults: Faults, as_read: AsRead) -> None:
        self._faults, self._as_read = faults, as_read
        self._rows = (row for row in _table(file, as_read) if not row.is_blank)
        self._columns: dict[int, str] = {}  # by their place from 0; empty for what is not read

    def read(self) -> Iterator[FileRow]:
        header = _header(self._rows)
        self._read_columns(header)
        orders = 0
        for count, row in enumerate(self._rows, start=1):
            if count > MAX_ROWS:
                raise FileRefused(Fault.TOO_MANY_ROWS, row.number)
            values = self._by_column(row)
            if _is_total(row, values):
                self._as_read.totals.append(row.number)
                continue
            self._check_cells(row)
            self._check_row(row)
            if any(values.values()):
                orders += 1
                yield FileRow(row.number, values)
        if not orders:
            raise FileRefused(Fault.EMPTY, header.number + 1)

    def _read_columns(self, header: Row) -> None:
        unknown: dict[int, str] = {}
        for at, title in enumerate(header.cells):
            name = column_of(title)
            if name in COLUMNS and name in self._columns.values():
                self._faults.add(Fault.COLUMN_TWICE, header.number, at + 1, title)
                self._columns[at] = ""
            elif name in COLUMNS:
                self._columns[at] = name
            elif name:
                self._columns[at] = ""
                if not _is_of_a_result(name):
                    unknown[at] = title[:MAX_TITLE]
        self._check_row(header)
        self._as_read.not_read = list(unknown.values())
        self._check_all_are_there(header, unknown)

    def _check_all_are_there(self, header: Row, unknown: Mapping[int, str]) -> None:
        """Where one is missing, one with an unknown name is perhaps it."""
        missing = [name for name in NEEDED if name not in self._columns.values()]
        for at, name in enumerate(missing, start=max(self._columns) + 2):
            self._faults.add(Fault.COLUMN_MISSING, header.number, at, name)
        for at, title in unknown.items() if missing else ():
            self._faults.add(Fault.UNKNOWN_COLUMN, header.number, at + 1, title)

    def _by_column(self, row: Row) -> dict[str, str]:
        named = ((self._columns.get(at), text) for at, text in enumerate(row.cells))
        return {name: undefused(text) for name, text in named if name}

    def _check_cells(self, row: Row) -> None:
        """Collects the faults of cells, in the columns that are read."""
        add = self._faults.add
        for at, text in enumerate(row.cells):
            name = self._columns.get(at)
            if name is None and text:
                add(Fault.NO_HEADER, row.number, at + 1, text)
            fault = row.suspects.get(at)
            if name and fault and (fault not in CHANGED or name in IDENTIFYING):
                add(fault, row.number, at + 1, text)

    def _check_row(self, row: Row) -> None:
        """Collects the faults of the whole row, of the header as well."""
        add = self._faults.add
        read = [at for at, name in self._columns.items() if name]
        for merged in row.merged:
            if any(merged.column <= at + 1 <= merged.last for at in read):
                add(Fault.MERGED, row.number, merged.column, merged.cells)
        if row.is_hidden and any(row.cells[at] for at in read if at < len(row.cells)):
            add(Fault.HIDDEN_ROW, row.number, read[0] + 1)


def _table(file: BinaryIO, as_read: AsRead) -> Iterator[Row]:
    """Reads the kind from the first bytes: name and stated type may be wrong."""
    file.seek(0)
    begin = file.read(4)
    if begin == OLE:
        raise FileRefused(Fault.LOCKED)
    return read_xlsx(file) if begin == ZIP else read_csv(file, as_read)


def _header(rows: Iterator[Row]) -> Row:
    """The first row that names columns; a title may stand above it."""
    above: list[Row] = []
    for row in islice(rows, MAX_TITLE_ROWS + 1):
        if names_columns(row.cells):
            return row
        above.append(row)
    if not above:
        raise FileRefused(Fault.EMPTY)
    is_lost = any(is_unreadable(text) for row in above for text in row.cells)
    raise FileRefused(Fault.UNREADABLE if is_lost else Fault.NO_COLUMNS, above[0].number)


def _is_of_a_result(name: str) -> bool:
    """Whether it is a column of our result file, which may come back."""
    return name in (*RESULT, *NOTES) or name.endswith("_serial")


def _is_total(row: Row, values: Mapping[str, str]) -> bool:
    """A sum that people write below a list: it names no product, and it orders nothing."""
    filled = {name for name, text in values.items() if text}
    first = next(filter(None, row.cells))
    return filled == {"quantity"} or ("part_number" not in filled and bool(_TOTAL.fullmatch(first)))


_TOTAL = re.compile(
    r"(?:(?:(?:grand|sub|gran)[ -]?)?total(?:es|s)?(?: general)?|sum|suma)[ :]*[0-9.,]*",
    re.IGNORECASE,
)


# A cell that a spreadsheet would run as a formula -----------------------------------------

RUN = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """Marks the text so that every spreadsheet program reads it as a text."""
    return f"'{text}" if text.startswith(RUN) else text


def undefused(text: str) -> str:
    """The text without the mark of our result file."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RUN) else text
