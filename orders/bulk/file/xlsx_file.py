"""Reads XLSX: the first visible sheet, cell by cell, in bounded memory.

This is our own reader, see docs/decisions/0014: it must tell the position of a formula or a merged
cell.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from orders.bulk.file.table import MAX_CELL, Fault, FileRefused, Row, check_cell
from orders.bulk.file.xlsx_parts import Package, blamed_on_the_file

MAX_TEXTS = 200_000  # in the file's table of texts
MAX_TEXT = 8 * 1024 * 1024  # characters of all texts
MAX_ROW = 1_048_576  # the last row of a spreadsheet
FIRST = "xl/workbook.xml"
OF_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
EPOCHS = {False: dt.date(1899, 12, 30), True: dt.date(1904, 1, 1)}


def read_xlsx(file: BinaryIO) -> Iterator[Row]:
    """The rows, one by one; the texts that cells share are in memory. Raises FileRefused."""
    with blamed_on_the_file():
        package = Package(file)
        book = _Book(package)
        texts = _texts(package, book.target("sharedStrings"))
        dates = _date_styles(package, book.target("styles"))
        sheet = book.sheet()
        _check_merged(package, sheet)
        cells = _Sheet(texts, dates, EPOCHS[book.from_1904], package.spend)
        for _piece in package.parse(sheet, cells.start, cells.end, cells.text):
            yield from cells.taken()


class _Book:
    """The part of the archive that is the sheet, and the parts that it needs."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._path = FIRST
        for each in package.elements("_rels/.rels", "Relationship"):
            if each["Type"].endswith("/officeDocument"):
                self._path = each["Target"].lstrip("/")
        folder, name = posixpath.split(self._path)
        self._folder = folder
        self._related = list(package.elements(f"{folder}/_rels/{name}.rels", "Relationship"))
        properties = package.elements(self._path, "workbookPr")
        self.from_1904 = any(each.get("date1904") in ("1", "true") for each in properties)

    def sheet(self) -> str:
        """The first visible sheet. Raises FileRefused, or KeyError for a damaged book."""
        targets = {each["Id"]: each["Target"] for each in self._related}
        for sheet in self._package.elements(self._path, "sheet"):
            if sheet.get("state", "visible") == "visible":
                return self._path_of(targets[sheet["id"]])
        raise FileRefused(Fault.DAMAGED)

    def target(self, kind: str) -> str | None:
        """The path of the part of that kind; None if the book has none."""
        for each in self._related:
            path = self._path_of(each["Target"])
            if each["Type"].endswith(f"/{kind}") and self._package.has(path):
                return path
        return None

    def _path_of(self, target: str) -> str:
        return posixpath.normpath(posixpath.join("/", self._folder, target)).lstrip("/")


def _texts(package: Package, path: str | None) -> list[str]:
    """The table of texts that cells point into, without the notes on pronunciation."""
    texts: list[str] = []
    parts: list[str] = []
    length = 0
    inside = {"t": False, "rPh": False}

    def start(tag: str, _attributes: Mapping[str, str]) -> None:
        if tag in inside:
            inside[tag] = True

    def text(data: str) -> None:
        nonlocal length
        if inside["t"] and not inside["rPh"]:
            length += len(data)
            parts.append(data)

    def end(tag: str) -> None:
        if tag in inside:
            inside[tag] = False
        elif tag == "si":
            texts.append("".join(parts))
            parts.clear()

    for _piece in package.parse(path, start, end, text) if path else ():
        if length > MAX_TEXT or len(texts) > MAX_TEXTS:
            raise FileRefused(Fault.BOMB)
    return texts


def _date_styles(package: Package, path: str | None) -> frozenset[int]:
    """The numbers of the cell styles that show a number as a date."""
    formats: list[int] = []
    custom: set[int] = set()
    inside: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "cellXfs":
            inside.append(tag)
        elif tag == "xf" and inside:
            formats.append(int(attributes.get("numFmtId", 0)))
        elif tag == "numFmt" and _shows_a_date(attributes["formatCode"]):
            custom.add(int(attributes["numFmtId"]))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            inside.clear()

    for _piece in package.parse(path, start, end) if path else ():
        pass
    return frozenset(at for at, each in enumerate(formats) if each in OF_DATES or each in custom)


def _shows_a_date(code: str) -> bool:
    """Whether it is a format like m/d/yyyy, without the text in quotes or brackets."""
    return bool(re.search("[dmy]", re.sub(r'"[^"]*"|\[[^\[\]]*\]|\\.', "", code.lower())))


def _check_merged(package: Package, sheet: str) -> None:
    """Refuses merged cells before the cells are read: their list stands behind them in the file."""
    for each in package.elements(sheet, "mergeCell"):
        first, _, last = each["ref"].partition(":")
        column, row = _column_and_row(first)
        raise FileRefused(Fault.MERGED, row, column, f"{first}:{last}")


_CELL_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _column_and_row(reference: str) -> tuple[int, int]:
    """Column and row of a cell, both from 1. Raises ValueError."""
    found = _CELL_REFERENCE.fullmatch(reference)
    if not found:
        raise ValueError(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(found[2])


class _Sheet:
    """Builds rows from the elements of a sheet."""

    def __init__(
        self,
        texts: list[str],
        dates: frozenset[int],
        epoch: dt.date,
        spend: Callable[[int], None],
    ) -> None:
        """`spend` gets each text, which many cells may share."""
        self._texts, self._dates, self._epoch, self._spend = texts, dates, epoch, spend
        self._rows: list[Row] = []
        self._cells: dict[int, str] = {}
        self._row = self._column = self._last_row = 0
        self._kind = ""
        self._style = 0
        self._reads = False  # whether a value is open
        self._parts: list[str] = []
        self._length = 0  # of all texts, in characters

    def taken(self) -> list[Row]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif tag == "c":
            self._column += 1
            if "r" in attributes:
                self._column, self._row = _column_and_row(attributes["r"])
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._parts.clear()
            self._length = 0
        elif tag == "f":
            raise FileRefused(Fault.FORMULA, self._row, self._column)
        elif tag in ("v", "t"):
            self._reads = True
        elif tag == "rPh":
            self._kind = "rPh" if self._kind == "inlineStr" else self._kind

    def text(self, data: str) -> None:
        if self._reads and self._kind != "rPh":
            self._parts.append(data)
            self._length += len(data)
            if self._length > MAX_CELL:
                raise FileRefused(Fault.LONG_CELL, self._row, self._column)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._reads = False
        elif tag == "rPh":
            self._kind = "inlineStr"
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()

    def _end_cell(self) -> None:
        text = self._value("".join(self._parts))
        self._spend(len(text))
        if text := check_cell(text, self._row, self._column):
            self._cells[self._column] = text

    def _end_row(self) -> None:
        last = max(self._cells, default=0)
        if last:
            if not self._last_row < self._row <= MAX_ROW:
                raise ValueError(self._row)  # programs write rows in order and once
            self._last_row = self._row
            cells = tuple(self._cells.get(at, "") for at in range(1, last + 1))
            self._rows.append(Row(self._row, cells))
        self._cells = {}

    def _value(self, raw: str) -> str:
        if self._kind == "e":
            raise FileRefused(Fault.ERROR_VALUE, self._row, self._column, raw)
        if self._kind == "s" and raw:
            return self._texts[int(raw)] if int(raw) < len(self._texts) else ""
        if self._kind != "n" or not raw:
            return raw[:10] if self._kind == "d" else raw
        return self._day(raw) if self._style in self._dates else _number(raw)

    def _day(self, raw: str) -> str:
        try:
            return (self._epoch + dt.timedelta(days=int(float(raw)))).isoformat()
        except OverflowError:
            return raw


def _number(raw: str) -> str:
    """The number as people see it: 12, not 12.0 or 1.2E1."""
    number = float(raw)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else raw
