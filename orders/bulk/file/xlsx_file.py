"""Reading XLSX: the first sheet, cell by cell as its author saw it, in bounded memory.

This is our own reader, see docs/decisions/0014: it must tell the position of a formula or a merged
cell.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from orders.bulk.file.table import (
    MAX_CELL,
    MAX_COLUMNS,
    Fault,
    FileRefused,
    Merged,
    Row,
    check_cell,
    is_unreadable,
)
from orders.bulk.file.xlsx_parts import Package, blamed_on_the_file

MAX_TEXTS = 200_000  # in the file's table of texts
MAX_TEXT = 8 * 1024 * 1024  # characters of all texts
MAX_ROW = 1_048_576  # the last row of a spreadsheet
FIRST = "xl/workbook.xml"
OF_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
FROM_16_DIGITS = 1e15  # a spreadsheet program makes zeros of the digits behind the fifteenth
EPOCHS = {False: dt.date(1899, 12, 30), True: dt.date(1904, 1, 1)}


def read_xlsx(file: BinaryIO) -> Iterator[Row]:
    """The rows, one by one; the texts that cells share are in memory. Raises FileRefused."""
    with blamed_on_the_file():
        package = Package(file)
        book = _Book(package)
        texts = _texts(package, book.target("sharedStrings"))
        formats = _formats(package, book.target("styles"))
        sheet = book.sheet()
        cells = _Sheet(
            texts, formats, _MergedCells(package, sheet), EPOCHS[book.from_1904], package.spend
        )
        for _piece in package.parse(sheet, cells.start, cells.end, cells.text):
            yield from cells.taken()
        book.check_nothing_hidden()


class _Book:
    """The part of the archive that is the sheet, and the parts that it needs."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._path = FIRST
        for each in package.elements("_rels/.rels", "Relationship"):
            if each["Type"].endswith("/officeDocument"):
                self._path = each["Target"].removeprefix("/")
        folder, name = posixpath.split(self._path)
        self._folder = folder
        self._related = list(package.elements(f"{folder}/_rels/{name}.rels", "Relationship"))
        properties = package.elements(self._path, "workbookPr")
        self.from_1904 = any(each.get("date1904") in ("1", "true") for each in properties)

        self._sheets = list(package.elements(self._path, "sheet"))

    def sheet(self) -> str:
        """The first sheet. Raises FileRefused, or KeyError for a damaged book."""
        targets = {each["Id"]: each["Target"] for each in self._related}
        if not self._sheets:
            raise FileRefused(Fault.DAMAGED)
        return self._path_of(targets[self._sheets[0]["id"]])

    def check_nothing_hidden(self) -> None:
        """Refuses a hidden sheet: its author may or may not mean it. Raises FileRefused."""
        for sheet in self._sheets:
            if sheet.get("state", "visible") != "visible":
                raise FileRefused(Fault.HIDDEN_SHEET, text=sheet.get("name", ""))

    def target(self, kind: str) -> str | None:
        """The path of the part of that kind; None if the book has none."""
        for each in self._related:
            path = self._path_of(each["Target"])
            if each["Type"].endswith(f"/{kind}") and self._package.has(path):
                return path
        return None

    def _path_of(self, target: str) -> str:
        return posixpath.normpath(posixpath.join("/", self._folder, target)).removeprefix("/")


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


@dataclass(frozen=True, slots=True)
class Format:
    """How a style shows a number."""

    is_date: bool = False
    digits: int = 0  # at least so many, with zeros in front
    is_plain: bool = True  # the number, and nothing beside it


PLAIN = Format()
_DATE, _OTHER = Format(is_date=True), Format(is_plain=False)
BUILT_IN = dict.fromkeys(OF_DATES, _DATE) | dict.fromkeys((9, 10, 12, 13), _OTHER)  # %, fractions


def _formats(package: Package, path: str | None) -> list[Format]:
    """By the number of a style, how it shows a number."""
    numbers: list[int] = []
    formats = dict(BUILT_IN)

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "cellXfs":
            numbers.clear()  # those before are of named styles
        elif tag == "xf":
            numbers.append(int(attributes.get("numFmtId", "0")))
        elif tag == "numFmt":
            formats[int(attributes["numFmtId"])] = _format(attributes["formatCode"])

    for _piece in package.parse(path, start) if path else ():
        pass
    return [formats.get(number, PLAIN) for number in numbers]


_BESIDE = re.compile(r'"[^"]*"|\[[^\[\]]*\]|\\.')  # text and colors of a format
_OF_DAYS = re.compile("[dmy]")
_WITH_ZEROS = re.compile("0{2,}")
_PLAIN = re.compile(r"General|@|[#0,.]+(?:E\+0+)?", re.I)


def _format(code: str) -> Format:
    """The format of a code like m/d/yyyy, 000000 or #,##0; its part for negative numbers is left
    out.
    """
    if _shows_a_date(code):
        return _DATE
    positive = code.partition(";")[0]
    if _WITH_ZEROS.fullmatch(positive):
        return Format(digits=len(positive))
    return PLAIN if _PLAIN.fullmatch(positive) else _OTHER


def _shows_a_date(code: str) -> bool:
    """Whether the format shows a date. Text in quotes or brackets is no part of it."""
    return bool(_OF_DAYS.search(_BESIDE.sub("", code.lower())))


class _MergedCells:
    """The merged cells of a sheet. They are listed behind the cells, and are needed before."""

    def __init__(self, package: Package, sheet: str) -> None:
        found = self._read(package, sheet)
        self._ahead = sorted(found, key=lambda each: each[0], reverse=True)  # the first at the end
        self._open: list[tuple[int, Merged]] = []  # with their last row

    def _read(self, package: Package, sheet: str) -> Iterator[tuple[int, int, Merged]]:
        for each in package.elements(sheet, "mergeCell"):
            first, _, last = each["ref"].partition(":")
            if last and last != first:  # else it is one cell
                column, row = _column_and_row(first)
                last_column, last_row = _column_and_row(last)
                yield row, last_row, Merged(column, last_column, each["ref"])

    def of_row(self, row: int) -> list[Merged]:
        """Merged cells that the row has a part in. Rows are asked for in order."""
        while self._ahead and self._ahead[-1][0] <= row:
            _first, last, merged = self._ahead.pop()
            self._open.append((last, merged))
        self._open = [each for each in self._open if each[0] >= row]
        return [merged for _last, merged in self._open]


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
        formats: Sequence[Format],
        merged: _MergedCells,
        epoch: dt.date,
        spend: Callable[[int], None],
    ) -> None:
        """`spend` is told of each text, which many cells may share."""
        self._texts, self._formats, self._merged = texts, formats, merged
        self._epoch, self._spend = epoch, spend
        self._hidden: set[int] = set()  # columns
        self._is_hidden = False  # the row
        self._suspects: dict[int, Fault] = {}
        self._rows: list[Row] = []
        self._cells: dict[int, str] = {}
        self._row = self._column = self._last_row = 0
        self._kind = ""
        self._style = 0
        self._is_formula = False
        self._reads = False  # whether a value is open
        self._is_note = False  # whether it is one on pronunciation
        self._parts: list[str] = []
        self._length = 0  # of all texts, in characters

    def taken(self) -> list[Row]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._is_hidden = _is_true(attributes.get("hidden"))
            self._column = 0
        elif tag == "col" and _is_true(attributes.get("hidden")):
            last = min(int(attributes["max"]), MAX_COLUMNS)
            self._hidden.update(range(max(1, int(attributes["min"])), last + 1))
        elif tag == "c":
            self._column += 1
            if "r" in attributes:
                self._column, self._row = _column_and_row(attributes["r"])
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._parts.clear()
            self._length = 0
            self._is_formula = False
        elif tag == "f":
            self._is_formula = True
        elif tag in ("v", "t"):
            self._reads = True
        elif tag == "rPh":
            self._is_note = True

    def text(self, data: str) -> None:
        if self._reads and not self._is_note:
            self._parts.append(data)
            self._length += len(data)
            if self._length > MAX_CELL:
                raise FileRefused(Fault.LONG_CELL, self._row, self._column)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._reads = False
        elif tag == "rPh":
            self._is_note = False
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()

    def _end_cell(self) -> None:
        raw = "".join(self._parts)
        text = self._value(raw) or "=" * self._is_formula  # of one that shows nothing
        self._spend(len(text))
        if text := check_cell(text, self._row, self._column):
            self._cells[self._column] = text
            if fault := self._fault(raw, text):
                self._suspects[self._column - 1] = fault

    def _end_row(self) -> None:
        last = max(self._cells, default=0)
        if last:
            if not self._last_row < self._row <= MAX_ROW:
                raise ValueError(self._row)  # no program writes them in another order, or twice
            self._last_row = self._row
            cells = tuple(self._cells.get(at, "") for at in range(1, last + 1))
            merged = self._merged.of_row(self._row)
            self._rows.append(Row(self._row, cells, self._suspects, merged, self._is_hidden))
        self._cells, self._suspects = {}, {}

    def _value(self, raw: str) -> str:
        if self._kind == "s" and raw:
            return self._texts[int(raw)] if int(raw) < len(self._texts) else ""
        if self._kind == "b" and raw:
            return "FALSE" if raw == "0" else "TRUE"  # not a number: it is shown as a word
        if self._kind != "n" or not raw:
            return raw[:10] if self._kind == "d" else raw
        return self._day(raw) if self._format.is_date else _number(raw, self._format.digits)

    @property
    def _format(self) -> Format:
        return self._formats[self._style] if self._style < len(self._formats) else PLAIN

    def _fault(self, raw: str, text: str) -> Fault | None:
        """Why the text of the cell may be another than its author saw or typed."""
        if self._column in self._hidden:
            return Fault.HIDDEN_COLUMN
        if self._is_formula or self._kind == "e":
            return Fault.FORMULA if self._is_formula else Fault.ERROR_VALUE
        if is_unreadable(text):
            return Fault.UNREADABLE
        if self._kind == "d" or (self._kind == "n" and self._format.is_date):
            return Fault.MADE_A_DATE
        return self._fault_of_number(float(raw)) if self._kind == "n" else None

    def _fault_of_number(self, number: float) -> Fault | None:
        if abs(number) >= FROM_16_DIGITS:
            return Fault.CHANGED_NUMBER
        return None if self._format.is_plain else Fault.SHOWN_OTHERWISE

    def _day(self, raw: str) -> str:
        try:
            return (self._epoch + dt.timedelta(days=int(float(raw)))).isoformat()
        except OverflowError:
            return raw


def _is_true(attribute: str | None) -> bool:
    return attribute in ("1", "true")


def _number(raw: str, digits: int) -> str:
    """As people see it: 12, not 12.0 or 1.2E1; with zeros in front, up to so many digits."""
    number = float(raw)
    if number.is_integer() and abs(number) < FROM_16_DIGITS:
        return str(int(number)).zfill(digits)
    return raw
