"""A table from a file: its rows, its limits, and its faults. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from texts.characters import without_marks

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000  # below the header
MAX_LINES = 20 * MAX_ROWS  # of a CSV, blank lines included
MAX_COLUMNS = 40  # ours are eleven; a result file has some more
MAX_CELL = 4_000  # characters
MAX_CELLS = 2 * MAX_ROWS * MAX_COLUMNS  # including the empty ones between and after the others


class Fault(StrEnum):
    """Why a file can't be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"  # more than MAX_BYTES
    NOT_UTF8 = "not_utf8"
    QUOTES = "quotes"  # of a CSV: not closed, or followed by text
    LOCKED = "locked"  # the old XLS, or protected by a password
    DAMAGED = "damaged"  # of an XLSX: it is no archive, or lacks a sheet or XML
    BOMB = "bomb"  # unpacks to more than any file of ours
    FORMULA = "formula"
    ERROR_VALUE = "error_value"  # like #REF!
    MERGED = "merged"
    CHANGED_NUMBER = "changed_number"  # the spreadsheet program left out digits of it
    MADE_A_DATE = "made_a_date"  # a number or a text of its author's became a day
    SHOWN_OTHERWISE = "shown_otherwise"  # a format shows another text than the number
    HIDDEN_ROW = "hidden_row"
    HIDDEN_COLUMN = "hidden_column"
    HIDDEN_SHEET = "hidden_sheet"
    LONG_CELL = "long_cell"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    NO_HEADER = "no_header"  # a value below an empty header


@dataclass(frozen=True, slots=True)
class FileProblem:
    fault: Fault
    row: int = 1  # numbered as in a spreadsheet
    column: int = 1
    text: str = ""  # the text there, or the missing one

    @property
    def cell(self) -> str:
        """For example B7."""
        return f"{letters(self.column)}{self.row}"


class FileRefused(Exception):
    """The file is refused; nothing was written."""

    def __init__(self, fault: Fault, row: int = 1, column: int = 1, text: str = "") -> None:
        self.problem = FileProblem(fault, max(1, row), max(1, column), text[:60])
        super().__init__(self.problem)


@dataclass(frozen=True, slots=True)
class Merged:
    column: int  # the first, from 1
    cells: str  # all of them, like A2:A5


@dataclass(frozen=True, slots=True)
class Row:
    number: int  # as in the spreadsheet
    cells: tuple[str, ...]
    # Cells that may say something else than their author saw, by their place from 0.
    suspects: Mapping[int, Fault] = field(default_factory=dict)
    merged: Merged | None = None  # cells that this row is a part of

    @property
    def is_blank(self) -> bool:
        return not any(self.cells)


def letters(column: int) -> str:
    """The name of a column: 1 is A, 27 is AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def check_cell(text: str, row: int, column: int) -> str:
    """The text without invisible marks and blanks around it. Raises FileRefused."""
    if "\0" in text:
        raise FileRefused(Fault.NOT_UTF8, row, column)
    if len(text) > MAX_CELL:
        raise FileRefused(Fault.LONG_CELL, row, column)
    if text and column > MAX_COLUMNS:
        raise FileRefused(Fault.TOO_MANY_COLUMNS, row, column)
    return without_marks(text).strip()
