"""Reads CSV: UTF-8, with commas, semicolons or tabs between."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from orders.bulk.file.table import MAX_CELLS, MAX_LINES, Fault, FileRefused, Row, check_cell

BOM = b"\xef\xbb\xbf"
DELIMITERS = ",;\t"
MAX_LINE = 256 * 1024  # bytes; more than forty cells of the greatest length


def read_csv(file: BinaryIO) -> Iterator[Row]:
    """Row by row; a few lines are in memory at a time. Raises FileRefused."""
    number = count = 0
    delimiter = _delimiter(file)
    reader = csv.reader(_lines(file, delimiter), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused(Fault.QUOTES, number) from None
        except _NotUtf8 as error:
            raise FileRefused(Fault.NOT_UTF8, number, error.column) from None
        count += len(cells)
        if number > MAX_LINES:
            raise FileRefused(Fault.TOO_MANY_ROWS, number)
        if count > MAX_CELLS:
            raise FileRefused(Fault.BOMB, number)
        if any(cells):
            yield Row(number, tuple(_cell(text, number, at) for at, text in enumerate(cells, 1)))


def _cell(text: str, row: int, column: int) -> str:
    text = check_cell(text, row, column)
    if text.startswith("="):
        raise FileRefused(Fault.FORMULA, row, column, text)
    return text


class _NotUtf8(Exception):
    def __init__(self, column: int) -> None:
        self.column = column


def _delimiter(file: BinaryIO) -> str:
    """The delimiter that is most frequent in the first line."""
    file.seek(0)
    header = file.readline(MAX_LINE).decode("utf-8", "replace")
    return max(DELIMITERS, key=header.count)


def _lines(file: BinaryIO, delimiter: str) -> Iterator[str]:
    file.seek(0)
    if file.read(len(BOM)) != BOM:
        file.seek(0)
    while line := file.readline(MAX_LINE):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            good = line[: error.start].decode("utf-8")
            raise _NotUtf8(good.count(delimiter) + 1) from None
