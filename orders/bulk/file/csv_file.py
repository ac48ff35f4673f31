"""Reading CSV: UTF-8, with commas, semicolons or tabs between, and any line ends."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from orders.bulk.file.table import MAX_CELLS, MAX_LINES, Fault, FileRefused, Row, check_cell

BOM = b"\xef\xbb\xbf"
BLANK = " \r\n"
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
            texts = tuple(_cell(text, number, at) for at, text in enumerate(cells, 1))
            yield Row(number, texts, dict(_suspects(texts)))


def _cell(text: str, row: int, column: int) -> str:
    text = check_cell(text, row, column)
    if text.startswith("="):
        raise FileRefused(Fault.FORMULA, row, column, text)
    return text


def _suspects(texts: Sequence[str]) -> Iterator[tuple[int, Fault]]:
    """A spreadsheet program writes 450012000123 as 4.50012E+11, and the digits are lost."""
    for at, text in enumerate(texts):
        if _SHORTENED.fullmatch(text):
            yield at, Fault.CHANGED_NUMBER


_SHORTENED = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}", re.IGNORECASE)


class _NotUtf8(Exception):
    def __init__(self, column: int) -> None:
        self.column = column


def _delimiter(file: BinaryIO) -> str:
    """The one that is named, as Excel does it, or that the first line with a text has most of."""
    for line in _bytes_of_lines(file):
        header = line.decode("utf-8", "replace").strip(BLANK)
        if named := _NAMED.fullmatch(header):
            return named[1]
        if header.strip(DELIMITERS):
            return max(DELIMITERS, key=header.count)
    return DELIMITERS[0]


_NAMED = re.compile(r"sep=([,;\t])", re.IGNORECASE)


def _lines(file: BinaryIO, delimiter: str) -> Iterator[str]:
    for number, line in enumerate(_bytes_of_lines(file)):
        try:
            text = line.decode("utf-8")
            if number or not _NAMED.fullmatch(text.strip(BLANK)):  # no row of the spreadsheet
                yield text
        except UnicodeDecodeError as error:
            good = line[: error.start].decode("utf-8")
            raise _NotUtf8(good.count(delimiter) + 1) from None


def _bytes_of_lines(file: BinaryIO) -> Iterator[bytes]:
    """Behind the mark of UTF-8. Old programs of the Mac end lines by a carriage return alone."""
    file.seek(0)
    begin = file.read(MAX_LINE)
    file.seek(len(BOM) if begin.startswith(BOM) else 0)
    if b"\n" in begin or b"\r" not in begin:
        while line := file.readline(MAX_LINE):
            yield line
        return
    rest = b""
    while piece := file.read(MAX_LINE):
        *lines, rest = (rest + piece).split(b"\r")
        if max(map(len, (*lines, rest))) > MAX_LINE:
            raise FileRefused(Fault.LONG_CELL)
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest
