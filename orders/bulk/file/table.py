"""A table from a file: its rows, its limits, and its faults. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from texts.characters import without_marks

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000  # below the header
MAX_LINES = 20 * MAX_ROWS  # of a CSV, blank lines included
MAX_COLUMNS = 40  # ours are eleven; a result file has some more
MAX_CELL = 4_000  # characters
MAX_CELLS = 2 * MAX_ROWS * MAX_COLUMNS  # including the empty ones between and after the others
MAX_TOLD = 20  # faults of a file
MAX_ALSO = 5  # rows that are named beside the first one of a fault


class Fault(StrEnum):
    """Why a file can't be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"  # more than MAX_BYTES
    UNREADABLE = "unreadable"  # characters were lost, or the encoding is not known
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
    NO_COLUMNS = "no_columns"  # no row names them
    UNKNOWN_COLUMN = "unknown_column"  # told where another one is missing
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    NO_HEADER = "no_header"  # a value below an empty header
    MORE = "more"  # more faults than are told


@dataclass(frozen=True, slots=True)
class FileProblem:
    fault: Fault
    row: int = 1  # numbered as in a spreadsheet
    column: int = 1
    text: str = ""  # the text there, or the missing one
    also: tuple[int, ...] = ()  # the next rows with the same fault in that column
    more: int = 0  # further such rows

    @property
    def cell(self) -> str:
        """For example B7."""
        return f"{letters(self.column)}{self.row}"

    def again(self, row: int) -> FileProblem:
        if len(self.also) < MAX_ALSO:
            return replace(self, also=(*self.also, row))
        return replace(self, more=self.more + 1)


class FileRefused(Exception):
    """The file is refused; nothing was written."""

    def __init__(self, fault: Fault, row: int = 1, column: int = 1, text: str = "") -> None:
        super().__init__(FileProblem(fault, max(1, row), max(1, column), text[:60]))

    @classmethod
    def for_all(cls, problems: Sequence[FileProblem]) -> FileRefused:
        """The refusal that names several; those beyond MAX_TOLD are not told."""
        refused = cls(Fault.MORE)
        more = [refused.problem] if len(problems) > MAX_TOLD else []
        refused.args = (*problems[:MAX_TOLD], *more)
        return refused

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        return self.args

    @property
    def problem(self) -> FileProblem:
        """The first one."""
        return self.problems[0]


class Faults:
    """Collects the faults of cells: of one kind in one column, the first, and its other rows."""

    def __init__(self) -> None:
        self._first: dict[tuple[Fault, int], FileProblem] = {}

    def add(self, fault: Fault, row: int, column: int, text: str = "") -> None:
        key = fault, column
        known = self._first.get(key)
        self._first[key] = known.again(row) if known else FileProblem(fault, row, column, text[:60])

    @property
    def problems(self) -> list[FileProblem]:
        return list(self._first.values())


@dataclass(slots=True)
class AsRead:
    """Tells the author of a file how it was read."""

    encoding: str = ""  # of a CSV that is not in UTF-8
    letters: str = ""  # a text with letters that another encoding has otherwise
    not_read: list[str] = field(default_factory=list)  # titles of columns that are not ours
    totals: list[int] = field(default_factory=list)  # rows that are a sum of others


@dataclass(frozen=True, slots=True)
class Merged:
    column: int  # the first, from 1
    last: int
    cells: str  # all of them, like A2:A5


@dataclass(frozen=True, slots=True)
class Row:
    number: int  # as in the spreadsheet
    cells: tuple[str, ...]
    # Cells that may say something else than their author saw, by their place from 0.
    suspects: Mapping[int, Fault] = field(default_factory=dict)
    merged: Sequence[Merged] = ()  # cells that this row is a part of
    is_hidden: bool = False

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
    if len(text) > MAX_CELL:
        raise FileRefused(Fault.LONG_CELL, row, column)
    if text and column > MAX_COLUMNS:
        raise FileRefused(Fault.TOO_MANY_COLUMNS, row, column)
    return without_marks(text).strip()


def is_unreadable(text: str) -> bool:
    """Whether a character in it is lost: it was replaced, or is none of a text."""
    return "\ufffd" in text or "\0" in text
