"""The limits of a file of orders, to the row, the cell and the byte; how a CSV is guessed.

A limit is lowered to what a small file needs, which is read, and then by one, and it is refused.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest

from orders.bulk.file import csv_file
from orders.bulk.file.columns import MAX_TITLE_ROWS, NEEDED, RESULT, read_rows
from orders.bulk.file.table import MAX_CELL, MAX_COLUMNS, AsRead, Fault, FileProblem, FileRefused
from tests.pure.order_files import ROW, as_csv, problems, read, refusal, told_of
from tests.xlsx import Workbook

VALUES = [text for text in ROW if text]
SHEET = "xl/worksheets/sheet1.xml"


def guessed(content: bytes) -> str:
    """The encoding that is told, of a file that may be refused."""
    as_read = AsRead()
    with suppress(FileRefused):
        list(read_rows(io.BytesIO(content), as_read))
    return as_read.encoding


# Rows and columns --------------------------------------------------------------------------------


def test_what_follows_a_sum_is_read() -> None:
    content = as_csv(NEEDED, ROW, ["Total", *[""] * 6], ROW)
    assert [number for number, _values in read(content)] == [2, 4]


def test_a_column_that_is_there_twice_is_told_and_not_read() -> None:
    content = as_csv([*NEEDED, "PO"], [*ROW, "=1"])
    assert problems(content) == (FileProblem(Fault.COLUMN_TWICE, 1, 8, "PO"),)


def test_a_hidden_row_that_ends_before_the_list_hides_nothing() -> None:
    book = Workbook([["Color", *NEEDED], ["blue", *ROW], ["red"]])
    sheet = book.parts()[SHEET].replace('<row r="3">', '<row r="3" hidden="1">')
    assert read(book.bytes(**{SHEET: sheet})) == [(2, VALUES)]


def test_a_hidden_row_is_told_by_its_place_alone() -> None:
    book = Workbook([NEEDED, ROW])
    sheet = book.parts()[SHEET].replace('<row r="2">', '<row r="2" hidden="1">')
    assert problems(book.bytes(**{SHEET: sheet})) == (FileProblem(Fault.HIDDEN_ROW, 2, 1, ""),)


def test_so_many_rows_may_stand_above_the_header_and_not_one_more() -> None:
    titles = [[f"Line {number}"] for number in range(MAX_TITLE_ROWS)]
    assert read(as_csv(*titles, NEEDED, ROW)) == [(MAX_TITLE_ROWS + 2, VALUES)]
    assert refusal(as_csv(["Orders"], *titles, NEEDED, ROW)) == (Fault.NO_COLUMNS, "A1")


def test_a_file_without_columns_is_refused_at_its_first_row_with_a_text() -> None:
    assert refusal(as_csv([""], ["Orders"], ["of May"])) == (Fault.NO_COLUMNS, "A2")


def test_the_columns_of_a_result_are_no_news() -> None:
    ours = [*RESULT, "iss_serial", "serial_note"]
    assert told_of(as_csv([*NEEDED, *ours, "serials"], ROW)).not_read == ["serials"]


# Numbers of lines and cells ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "needed", "fault"),
    [("MAX_LINES", 3, Fault.TOO_MANY_ROWS), ("MAX_CELLS", 21, Fault.BOMB)],
)
def test_lines_and_cells_are_counted(
    limit: str, needed: int, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = as_csv(NEEDED, ROW, ROW)
    monkeypatch.setattr(csv_file, limit, needed)
    assert len(read(content)) == 2
    monkeypatch.setattr(csv_file, limit, needed - 1)
    assert refusal(content) == (fault, "A3")


def test_what_is_told_of_a_text_is_sixty_characters() -> None:
    site = "é-" * 35
    told = told_of(as_csv(NEEDED, [*ROW[:2], site, *ROW[3:]]).decode().encode("cp1252"))
    assert told.letters == site[:60]
    (formula,) = problems(as_csv(NEEDED, ["=" * 70, *ROW[1:]]))
    assert len(formula.text) == 60
    assert len(FileRefused(Fault.QUOTES, text="x" * 70).problem.text) == 60


def test_a_cell_that_is_too_long_is_named_by_its_place() -> None:
    content = as_csv(NEEDED, [*ROW[:2], "x" * (MAX_CELL + 1), *ROW[3:]])
    assert refusal(content) == (Fault.LONG_CELL, "C2")


# The encoding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a\0b\0" + b"x" * 16, ""),  # every tenth byte is zero
        (b"a\0b\0c\0" + b"x" * 14, "UTF-16"),
        (b"\0a\0b\0c" + b"x" * 14, "UTF-16"),
    ],
)
def test_more_than_a_tenth_of_zeros_is_utf_16(content: bytes, encoding: str) -> None:
    assert guessed(content) == encoding


def test_the_first_bytes_tell_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 64)
    site = "東" * 1_500
    content = as_csv(NEEDED, [*ROW[:2], site, *ROW[3:]]).decode().encode("utf-16-le")
    assert read(content)[0][1][2] == site


def test_one_byte_of_windows_in_any_piece_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 16)
    cafe = [*ROW[:2], "Café", *ROW[3:]]
    content = as_csv(NEEDED, ROW, cafe, ROW).decode().encode("cp1252")
    assert [values[2] for _number, values in read(content)] == ["Pier 9", "Café", "Pier 9"]


def test_a_file_that_ends_inside_of_a_letter_is_damaged() -> None:
    content = as_csv(NEEDED, [*ROW[:2], "Café", *ROW[3:]]) + b"PO-2,new,Caf\xc3"
    assert refusal(content) == (Fault.UNREADABLE, "C3")


# Lines and delimiters ----------------------------------------------------------------------------


def test_the_first_pieces_tell_how_lines_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 16)
    lines = as_csv(["Orders"], NEEDED, [*ROW[:2], "Pier_9", *ROW[3:]]).replace(b"\r\n", b"\r")
    assert read(lines.replace(b"Pier_9", b'"Pier\n9"')) == [(3, [*ROW[:2], "Pier\n9", *ROW[4:]])]


def test_a_tab_may_be_named() -> None:
    """The line that names it is no row; without it, the title would tell another delimiter."""
    table = as_csv(["po_number,kind,quantity"], NEEDED, ROW, delimiter="\t")
    assert read(b"sep=\t\r\n" + table.replace(b'"', b"")) == [(3, VALUES)]


def test_only_the_first_line_names_a_delimiter() -> None:
    content = as_csv(NEEDED, ROW) + b"sep=;\r\n"
    assert read(content) == [(2, VALUES), (3, ["sep=;"])]


def test_blank_lines_tell_no_delimiter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LINES_AT_FIRST", 1)
    assert read(b",,,,\r\n" + as_csv(NEEDED, ROW, delimiter=";")) == [(3, VALUES)]


def test_so_many_lines_tell_the_delimiter(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"Orders, of May, of Harbor\r\n" + as_csv(NEEDED, ROW, delimiter=";")
    monkeypatch.setattr(csv_file, "LINES_AT_FIRST", 2)
    assert read(content) == [(3, VALUES)]
    monkeypatch.setattr(csv_file, "LINES_AT_FIRST", 1)
    assert refusal(content) == (Fault.NO_COLUMNS, "A1")


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_the_names_of_columns_tell_it_quoted_or_with_blanks_behind(quoting: int) -> None:
    text = io.StringIO("Orders, of May, of Harbor\r\n")
    text.seek(0, io.SEEK_END)
    blanks = [""] * MAX_COLUMNS
    writer = csv.writer(text, delimiter=";", quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([[*NEEDED, *blanks], [*ROW, *blanks]])
    assert read(text.getvalue().encode()) == [(3, VALUES)]


def test_pieces_are_put_together_before_names_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 16)
    assert read(b"a,b,c\r\n" + as_csv(NEEDED, ROW, delimiter=";")) == [(3, VALUES)]


def test_what_only_resembles_names_tells_no_delimiter() -> None:
    titles = as_csv(["XPO", "XkindX", "Xaction"], delimiter=";")
    assert read(titles + as_csv(NEEDED, ROW)) == [(3, VALUES)]


def test_without_names_the_most_frequent_one_is_it() -> None:
    wide = as_csv(list(map(str, range(MAX_COLUMNS + 1))))
    assert refusal(wide) == (Fault.TOO_MANY_COLUMNS, "AO1")


def test_a_line_may_be_as_long_as_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 60)
    monkeypatch.setattr(csv_file, "MAX_LINE", 60)
    assert read(as_csv(NEEDED, ROW)) == [(2, VALUES)]
    monkeypatch.setattr(csv_file, "MAX_LINE", 59)
    assert refusal(as_csv(NEEDED, ROW))[0] is Fault.COLUMN_MISSING  # it comes in parts


def test_a_cell_in_quotes_that_comes_in_parts_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PIECE", 80)
    monkeypatch.setattr(csv_file, "MAX_LINE", 80)
    site = "x," * 150
    assert read(as_csv(NEEDED, [*ROW[:2], site, *ROW[3:]]))[0][1][2] == site
