"""A file of orders means what its author saw, in whichever format it comes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import repeat

import pytest

from orders.bulk.file.columns import COLUMNS, NEEDED, read_rows
from orders.bulk.file.table import MAX_ALSO, MAX_TOLD, Fault, FileProblem
from tests.pure.order_files import ROW, as_csv, problems, read, refusal, told_of
from tests.xlsx import A_DATE, Raw, Workbook, workbook

Table = Sequence[Sequence[str]]
BOM = "\ufeff"


def text(table: Table, delimiter: str = ",", end: str = "\r\n") -> str:
    return as_csv(*table, delimiter=delimiter).decode().replace("\r\n", end)


# Every way in which a table comes ----------------------------------------------------------------

WRITTEN: dict[str, Callable[[Table], bytes]] = {
    "csv": lambda table: text(table).encode(),
    "csv-utf-8-with-mark": lambda table: text(table).encode("utf-8-sig"),
    "csv-with-semicolons": lambda table: text(table, ";").encode(),
    "csv-windows-1252": lambda table: text(table, ";").encode("cp1252"),
    "csv-unix": lambda table: text(table, end="\n").encode(),
    "csv-old-mac": lambda table: text(table, end="\r").encode(),
    "csv-sep": lambda table: b"sep=;\r\n" + text(table, ";").encode(),
    "csv-sep-utf-16": lambda table: ("sep=;\r\n" + text(table, ";")).encode("utf-16"),
    "unicode-text": lambda table: text(table, "\t").encode("utf-16"),
    "unicode-text-without-mark": lambda table: text(table, "\t").encode("utf-16-le"),
    "unicode-text-other-order": lambda table: (BOM + text(table, "\t")).encode("utf-16-be"),
    "unicode-text-other-order-without-mark": lambda table: text(table, "\t").encode("utf-16-be"),
    "xlsx": workbook,
}
TABLES: dict[str, Table] = {
    "plain": [NEEDED, ROW],
    "letters-beyond-english": [NEEDED, ["OC-1", "new", "Café Ñandú – Süd", *ROW[3:]]],
    "a-title-and-a-blank-line": [["Our orders, for May, of Harbor"], [""], NEEDED, ROW],
    "words-in-spanish": [
        ["Pedido", "Tipo", "Sitio", "Número de serie", "Número de parte", "Cantidad", "Acción"],
        ["OC-1", "existente", "", "ISS-1", "ISS-Expert", "4.0", "añadir"],
    ],
    "a-sum-below": [NEEDED, ROW, ["Total", "", "", "", "", "4", ""]],
    "unknown-columns": [["No.", *NEEDED, "Price"], ["1", *ROW, "=2*3"]],
    "a-quantity-in-thousands": [NEEDED, [*ROW[:5], "1,000", *ROW[6:]]],
    "blank-cells-behind": [[*NEEDED, "", ""], [*ROW, "", ""]],
    "semicolons-in-a-cell": [[*NEEDED, "notify"], [*ROW, "a@b.example;c@d.example;" * 9]],
    "a-shortened-number": [NEEDED, ["4.5E+11", *ROW[1:]]],
    "a-formula": [NEEDED, ["=1+1", *ROW[1:]]],
    "two-columns-of-one-meaning": [[*NEEDED, "PO"], [*ROW, "x"]],
    "a-column-missing": [[*NEEDED[1:], "Color"], [*ROW[1:], "red"]],
    "a-value-below-nothing": [NEEDED, [*ROW, "x"]],
    "no-columns": [["a", "b"], ["1", "2"]],
    "nothing": [NEEDED],
    "a-lost-character": [NEEDED, [*ROW[:2], "Caf\ufffd", *ROW[3:]]],
    "an-invisible-mark": [NEEDED, ["PO-1\u200b", *ROW[1:]]],
}
# What only a workbook tells apart: there a text is a text.
OF_A_CSV = {"a-shortened-number", "a-formula"}
OF_UNICODE = {"a-lost-character", "an-invisible-mark"}  # Windows-1252 has no such character


def answer(content: bytes) -> object:
    """The rows without their numbers and what is told, or all that is wrong."""
    try:
        told = told_of(content)
    except Exception:
        return [(each.fault, each.text) for each in problems(content)]
    return [values for _number, values in read(content)], told.not_read, len(told.totals)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (name, written)
        for name in TABLES
        for written in WRITTEN
        if not (written == "xlsx" and name in OF_A_CSV)
        and not (written == "csv-windows-1252" and name in OF_UNICODE)
    ],
)
def test_each_way_in_which_a_table_comes_gets_the_same_answer(name: str, written: str) -> None:
    table = TABLES[name]
    assert answer(WRITTEN[written](table)) == answer(as_csv(*table))


@pytest.mark.parametrize("name", sorted(OF_A_CSV))
def test_a_text_of_a_workbook_is_that_text(name: str) -> None:
    assert len(read(workbook(TABLES[name]))) == 1


# Encodings ---------------------------------------------------------------------------------------

CAFE: Table = [NEEDED, [*ROW[:2], "Café Norte", *ROW[3:]]]


@pytest.mark.parametrize(
    ("content", "encoding", "letters"),
    [
        (text(CAFE).encode(), "", ""),
        (text(CAFE).encode("utf-8-sig"), "", ""),
        (text(CAFE).encode("cp1252"), "Windows-1252", "Café Norte"),
        (text(CAFE).encode("utf-16"), "UTF-16", "Café Norte"),
        (text([NEEDED, ROW]).encode("utf-16-le"), "UTF-16", ""),
        (workbook(CAFE), "", ""),
    ],
)
def test_the_encoding_that_was_read_is_told_with_an_example(
    content: bytes, encoding: str, letters: str
) -> None:
    told = told_of(content)
    assert (told.encoding, told.letters) == (encoding, letters)


@pytest.mark.parametrize("letters", ["Дом", "東京", "서울"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_letters_of_any_script_are_read_as_they_are(letters: str, encoding: str) -> None:
    content = text([NEEDED, [*ROW[:2], letters, *ROW[3:]]]).encode(encoding)
    assert read(content) == [(2, [*ROW[:2], letters, *ROW[4:]])]


@pytest.mark.parametrize(
    ("letters", "encoding"),
    [
        ("Складской дом", "cp1251"),
        ("Αθήνα", "cp1253"),
        ("서울특별시", "euc_kr"),
        ("東京都港区", "gbk"),
    ],
)
def test_letters_of_another_script_are_never_guessed(letters: str, encoding: str) -> None:
    content = text([NEEDED, [*ROW[:2], letters, *ROW[3:]]]).encode(encoding)
    assert refusal(content) == (Fault.UNREADABLE, "C2")


def test_what_is_damaged_in_utf_8_is_named_and_not_read_otherwise() -> None:
    good = text([NEEDED, [*ROW[:2], "Café", *ROW[3:]], [*ROW[:2], "Pier_", *ROW[3:]]]).encode()
    assert refusal(good.replace(b"Pier_", b"Pier\xe9")) == (Fault.UNREADABLE, "C3")


def test_a_byte_that_windows_does_not_know_is_named() -> None:
    content = text([NEEDED, [*ROW[:2], "Caf~ Pier", *ROW[3:]]]).encode()
    assert refusal(content.replace(b"~", b"\x81")) == (Fault.UNREADABLE, "C2")


def test_a_large_file_of_windows_is_read_to_its_end() -> None:
    rows = [*repeat(ROW, 3_000), [*ROW[:2], "Café", *ROW[3:]]]
    content = text([NEEDED, *rows]).encode("cp1252")
    assert len(content) > 100_000
    assert read(content)[-1] == (3_002, [*ROW[:2], "Café", *ROW[4:]])


# What is left out is told ------------------------------------------------------------------------


def test_unknown_columns_are_named_and_not_read() -> None:
    content = as_csv(["No.", *NEEDED, "Unit price", "status"], ["1", *ROW, "=2*3", "issued"])
    assert told_of(content).not_read == ["No.", "Unit price"]
    assert read(content) == [(2, [text for text in ROW if text])]


def test_a_row_that_has_only_what_is_not_read_is_no_order() -> None:
    rows = [["No.", *NEEDED], ["1", *ROW], ["2", *[""] * 7]]
    assert read(as_csv(*rows)) == read(workbook(rows)) == [(2, [text for text in ROW if text])]


@pytest.mark.parametrize(
    "total",
    [
        ["Total", "", "", "", "", "4"],
        ["", "", "", "", "", "4"],
        ["Gran total:", *[""] * 6],
        ["Total general", *[""] * 6],
        ["Totales", *[""] * 6],
        ["TOTAL: 44", *[""] * 6],
        ["Subtotal", "", "", "", "", "=SUM(F2:F2)"],
    ],
)
def test_a_sum_is_left_out_and_told(total: list[str]) -> None:
    content = as_csv(NEEDED, ROW, total)
    assert read(content) == [(2, [text for text in ROW if text])]
    assert told_of(content).totals == [3]


@pytest.mark.parametrize("row", [["Total", *ROW[1:]], ["Totem", *[""] * 6], ["", "new", *[""] * 5]])
def test_what_is_no_sum_is_an_order(row: list[str]) -> None:
    content = as_csv(NEEDED, ROW, row)
    assert [number for number, _values in read(content)] == [2, 3]
    assert told_of(content).totals == []


# All that is wrong, at once ----------------------------------------------------------------------


def test_all_faults_of_a_file_are_told_at_once() -> None:
    header = [*NEEDED[:5], "PO", "Amount", "action"]
    rows = [["=1", "new", "Pier 9", "1.2E+15", "ISS-Expert", "y", "4", "add", "", "x"]]
    assert problems(as_csv(header, *rows)) == (
        FileProblem(Fault.COLUMN_TWICE, 1, 6, "PO"),
        FileProblem(Fault.COLUMN_MISSING, 1, 9, "quantity"),
        FileProblem(Fault.UNKNOWN_COLUMN, 1, 7, "Amount"),
        FileProblem(Fault.FORMULA, 2, 1, "=1"),
        FileProblem(Fault.CHANGED_NUMBER, 2, 4, "1.2E+15"),
        FileProblem(Fault.NO_HEADER, 2, 10, "x"),
    )


def test_one_fault_in_many_rows_is_told_once_with_its_rows() -> None:
    rows = [["=1", *ROW[1:]] for _ in range(20)]
    told = FileProblem(Fault.FORMULA, 2, 1, "=1", also=(3, 4, 5, 6, 7), more=14)
    assert problems(as_csv(NEEDED, *rows)) == (told,)
    assert len(told.also) == MAX_ALSO


def test_what_ends_the_reading_stands_behind_what_was_found_before() -> None:
    content = as_csv(NEEDED, ["=1", *ROW[1:]]) + b'"PO'
    assert [each.fault for each in problems(content)] == [Fault.FORMULA, Fault.QUOTES]


def test_of_very_many_faults_the_first_are_told() -> None:
    unnamed = as_csv(NEEDED, [*ROW, *map(str, range(MAX_TOLD))])
    assert [each.fault for each in problems(unnamed)] == [Fault.NO_HEADER] * MAX_TOLD
    more = as_csv(NEEDED, [*ROW, *map(str, range(MAX_TOLD + 1))])
    assert [each.fault for each in problems(more)] == [*[Fault.NO_HEADER] * MAX_TOLD, Fault.MORE]


def test_no_row_is_given_out_behind_a_fault() -> None:
    rows = read_rows(io.BytesIO(as_csv(NEEDED, ROW, ["=1", *ROW[1:]], ROW)))
    assert next(rows).number == 2
    with pytest.raises(Exception, match="formula"):
        next(rows)


def test_a_hidden_sheet_is_told_beside_the_others() -> None:
    rows = [NEEDED, [Raw("<f>1</f>"), *ROW[1:]]]
    book = Workbook(rows, states=["visible", "hidden"])
    assert [each.fault for each in problems(book.bytes())] == [Fault.FORMULA, Fault.HIDDEN_SHEET]


# Only what is read matters -----------------------------------------------------------------------

SHEET = "xl/worksheets/sheet1.xml"
WIDE = [*NEEDED, "Color"]
UNREAD = [Raw("<v>1234567890123456</v>"), Raw("<v>4</v>", f's="{A_DATE}"'), Raw("<f>2</f><v>2</v>")]


@pytest.mark.parametrize("cell", [*UNREAD, Raw("<v>#REF!</v>", 't="e"')])
def test_what_is_not_read_refuses_no_workbook(cell: Raw) -> None:
    assert read(workbook([WIDE, [*ROW, cell]])) == [(2, [text for text in ROW if text])]


@pytest.mark.parametrize("merged", ["H1:I1", "H2:H3", "A1:G1", "A2:A2"])
def test_merged_cells_outside_of_the_list_refuse_no_workbook(merged: str) -> None:
    title = ["Our orders"] if merged == "A1:G1" else []
    rows = [*([title] if title else []), WIDE, [*ROW, "red"], ROW]
    assert len(read(Workbook(rows, merged=[merged]).bytes())) == 2


@pytest.mark.parametrize(
    ("merged", "cells"), [("A2:A3", ["A2", "A3"]), ("G2:H2", ["G2"]), ("H1:I2 F1:G1", ["F1"])]
)
def test_merged_cells_that_are_read_are_refused(merged: str, cells: list[str]) -> None:
    rows = [WIDE, [*ROW, "red"], ROW]
    (found,) = problems(Workbook(rows, merged=merged.split()).bytes())
    assert (found.fault, found.cell) == (Fault.MERGED, cells[0])
    assert len(found.also) == len(cells) - 1


def test_a_hidden_row_without_orders_hides_nothing() -> None:
    book = Workbook([["Our orders"], WIDE, ROW, ["Total"], ["", *[""] * 6, "red"]])
    sheet = book.parts()[SHEET]
    for number in (1, 4, 5):
        sheet = sheet.replace(f'<row r="{number}">', f'<row r="{number}" hidden="1">')
    assert read(book.bytes(**{SHEET: sheet})) == [(3, [text for text in ROW if text])]


def test_a_hidden_header_is_refused() -> None:
    book = Workbook([NEEDED, ROW])
    sheet = book.parts()[SHEET].replace('<row r="1">', '<row r="1" hidden="1">')
    assert refusal(book.bytes(**{SHEET: sheet})) == (Fault.HIDDEN_ROW, "A1")


@pytest.mark.parametrize("day", ["12-Mar", "3-Dec", "Mar-12", "12-mar", "ene-26"])
def test_a_day_that_was_made_of_a_number_is_refused(day: str) -> None:
    assert refusal(as_csv(NEEDED, [day, *ROW[1:]])) == (Fault.MADE_A_DATE, "A2")
    assert read(as_csv([*NEEDED, "lot_end"], [*ROW, day]))[0][1][-1] == day


@pytest.mark.parametrize("number", ["12-MAR", "Mar-2012", "PO 12-Mar", "31-12", "12-Mai"])
def test_a_number_that_only_resembles_a_day_is_taken(number: str) -> None:
    assert read(as_csv(NEEDED, [number, *ROW[1:]]))[0][1][0] == number


def test_all_columns_may_come_in_any_file() -> None:
    assert [name for name in COLUMNS if name not in NEEDED] == [
        "from_part_number", "lot_end", "start_date", "notify",
    ]  # fmt: skip
