"""Reading CSV: as spreadsheet programs write it, in any of their encodings, delimiters, line ends.

The delimiter and the encoding are read from the text itself. What was guessed is told: see AsRead.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from orders.bulk.file.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_LINES,
    AsRead,
    Fault,
    FileRefused,
    Row,
    check_cell,
    is_unreadable,
)
from orders.bulk.file.words import names_columns

BLANK = " \r\n"
DELIMITERS = ",;\t"
MAX_LINE = 256 * 1024  # characters; more than forty cells of the greatest length
PIECE = 64 * 1024  # bytes
PIECES_AT_FIRST = 4  # that tell the end of lines and the delimiter
LINES_AT_FIRST = 25  # that may name the columns; a title may stand above them

UTF_8, UTF_16, WINDOWS = "UTF-8", "UTF-16", "Windows-1252"
MARKS = {  # at the beginning of a file
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAMES = {"utf-16": UTF_16, "utf-16-le": UTF_16, "utf-16-be": UTF_16, "cp1252": WINDOWS}


def read_csv(file: BinaryIO, as_read: AsRead) -> Iterator[Row]:
    """Row by row; a few lines are in memory at a time. Raises FileRefused."""
    encoding = _encoding(file)
    as_read.encoding = NAMES.get(encoding, "")
    for row in _rows(file, encoding):
        if as_read.encoding and not as_read.letters:
            as_read.letters = next((text for text in row.cells if not text.isascii()), "")[:60]
        yield row


def _rows(file: BinaryIO, encoding: str) -> Iterator[Row]:
    number = count = 0
    reader = _reader(file, encoding)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused(Fault.QUOTES, number) from None
        count += len(cells)
        if number > MAX_LINES:
            raise FileRefused(Fault.TOO_MANY_ROWS, number)
        if count > MAX_CELLS:
            raise FileRefused(Fault.BOMB, number)
        if any(cells):
            texts = tuple(check_cell(text, number, at) for at, text in enumerate(cells, 1))
            yield Row(number, texts, dict(_suspects(texts, encoding)))


def _suspects(texts: Sequence[str], encoding: str) -> Iterator[tuple[int, Fault]]:
    for at, text in enumerate(texts):
        if fault := _fault(text, encoding):
            yield at, fault


def _fault(text: str, encoding: str) -> Fault | None:
    """Why the text may be another than its author saw."""
    if is_unreadable(text) or (encoding == "cp1252" and _FOREIGN.search(text)):
        return Fault.UNREADABLE
    if text.startswith("="):
        return Fault.FORMULA
    if _SHORTENED.fullmatch(text):
        return Fault.CHANGED_NUMBER
    return Fault.MADE_A_DATE if _DAY.fullmatch(text) else None


# A spreadsheet program writes 450012000123 as 4.50012E+11, and the digits are lost.
_SHORTENED = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}", re.IGNORECASE)
# It makes 12-Mar of 3-12, and Mar-12 of 3-2012; in Spanish 12-mar and mar-12.
_MONTH = (
    "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    "|ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)"
)
_DAY = re.compile(f"[0-9]{{1,2}}-{_MONTH}|{_MONTH}-[0-9]{{2}}")
# So many in a row are letters of another script, in another encoding.
_FOREIGN = re.compile(r"[\u00a1-\u00ffŠŽšžŸŒœƒ]{4}")


# Encodings -------------------------------------------------------------------------------


def _encoding(file: BinaryIO) -> str:
    """Python's name of it: by its mark, by its zeros, or the one in which all of it is text."""
    file.seek(0)
    begin = file.read(PIECE)
    for mark, name in MARKS.items():
        if begin.startswith(mark):
            return name
    first, second = (begin[at::2].count(0) for at in (0, 1))  # of each two bytes
    if first != second and max(first, second) * 10 > len(begin):
        return "utf-16-be" if first > second else "utf-16-le"
    return "cp1252" if _is_windows(file) else "utf-8"


def _is_windows(file: BinaryIO) -> bool:
    """Whether there are bytes that are no UTF-8, and no letters that are.

    Where both are, it is UTF-8 with a damage, and its cells are named.
    """
    is_broken = False
    for text in _pieces(file, "utf-8", errors="surrogateescape"):
        broken = len(_ESCAPED.findall(text))
        if broken < len(_NOT_ASCII.findall(text)):
            return False
        is_broken |= broken > 0
    return is_broken


_ESCAPED, _NOT_ASCII = re.compile("[\udc80-\udcff]"), re.compile("[^\0-\x7f]")


def _pieces(file: BinaryIO, encoding: str, errors: str = "replace") -> Iterator[str]:
    """The text piece by piece, with a mark for each character that is lost."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    while piece := file.read(PIECE):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


# Lines and delimiters --------------------------------------------------------------------


def _reader(file: BinaryIO, encoding: str) -> Iterator[list[str]]:
    """Old programs of the Mac end lines by a carriage return alone."""
    begin = "".join(islice(_pieces(file, encoding), PIECES_AT_FIRST))
    end = "\r" if "\r" in begin and "\n" not in begin else "\n"
    delimiter = _delimiter(begin.split(end))
    return csv.reader(_lines(file, encoding, end), delimiter=delimiter, strict=True)


def _delimiter(lines: Iterable[str]) -> str:
    """The one that is named, as Excel does it, or by which a line names columns."""
    texts = (line.strip(BLANK) for line in lines)
    first = list(islice((text for text in texts if text.strip(DELIMITERS)), LINES_AT_FIRST)) or [""]
    if named := _NAMED.fullmatch(first[0]):
        return named[1]
    for line in first:
        for delimiter in DELIMITERS:
            titles = line.split(delimiter, MAX_COLUMNS)[:MAX_COLUMNS]
            if names_columns(title.strip(' "') for title in titles):
                return delimiter
    return max(DELIMITERS, key=first[0].count)


_NAMED = re.compile(r"sep=([,;\t])", re.IGNORECASE)


def _lines(file: BinaryIO, encoding: str, end: str) -> Iterator[str]:
    """The lines with their ends; a line that is too long comes in parts."""
    begin = True
    rest = ""
    for piece in _pieces(file, encoding):
        *lines, rest = (rest + piece).split(end)
        for line in lines:
            if not (begin and _NAMED.fullmatch(line.strip(BLANK))):  # no row of the spreadsheet
                yield line + end
            begin = False
        if len(rest) > MAX_LINE:
            yield rest
            rest = ""
    if rest:
        yield rest
