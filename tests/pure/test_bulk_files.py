"""Bulk files as they are read: what stands in which row, and where a broken one is broken."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from itertools import chain, repeat
from pathlib import Path

import pytest

from orders.bulk.clusters import Together
from orders.bulk.file.columns import COLUMNS, NEEDED, defused, read_rows, undefused
from orders.bulk.file.table import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_LINES,
    MAX_ROWS,
    Fault,
    FileProblem,
    FileRefused,
    letters,
)
from orders.bulk.file.xlsx_parts import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMES, MAX_TOKEN, PIECE
from tests.pure.order_files import ROW, as_csv, problems, read, refusal
from tests.xlsx import A_DATE, MAIN, Raw, Workbook, workbook

DATA = Path(__file__).parent.parent / "data"
MEGABYTE = 1024 * 1024


READ = {
    "csv": as_csv(NEEDED, ROW),
    "csv-with-byte-order-mark": b"\xef\xbb\xbf" + as_csv(NEEDED, ROW),
    "csv-with-semicolons": as_csv(NEEDED, ROW, delimiter=";"),
    "csv-with-tabs": as_csv(NEEDED, ROW, delimiter="\t"),
    "csv-with-unix-lines": as_csv(NEEDED, ROW).replace(b"\r\n", b"\n"),
    "csv-without-last-line-end": as_csv(NEEDED, ROW).rstrip(),
    "csv-with-blank-columns": as_csv([*NEEDED, "", ""], [*ROW, "", ""]),
    "csv-with-blanks-around": as_csv(NEEDED, [f" {text} " for text in ROW]),
    "titles-as-people-write-them": as_csv([name.replace("_", " ").title() for name in NEEDED], ROW),
    "xlsx": workbook([NEEDED, ROW]),
    "xlsx-with-numbers": workbook([NEEDED, [*ROW[:5], 4, "add"]]),
    "xlsx-with-a-float": workbook([NEEDED, [*ROW[:5], 4.0, "add"]]),
    "xlsx-with-one-cell-merged": Workbook([NEEDED, ROW], merged=["A2:A2"]).bytes(),
    "csv-with-lines-of-an-old-mac": as_csv(NEEDED, ROW).replace(b"\r\n", b"\r"),
    "csv-that-names-its-delimiter": b"sep=;\r\n" + as_csv(NEEDED, ROW, delimiter=";"),
    "csv-with-a-sum-below": as_csv(NEEDED, ROW, ["", "", "Grand total:", "", "", "4"]),
    "xlsx-with-a-text-in-the-cell": workbook(
        [NEEDED, [Raw("<is><r><t>PO</t></r><r><t>-1</t></r></is>", 't="inlineStr"'), *ROW[1:]]]
    ),
    "xlsx-with-a-text-of-a-formula-that-is-gone": workbook(
        [NEEDED, [Raw("<v>PO-1</v>", 't="str"'), *ROW[1:]]]
    ),
}  # fmt: skip


@pytest.mark.parametrize("content", READ.values(), ids=READ.keys())
def test_each_kind_of_file_says_the_same(content: bytes) -> None:
    assert read(content) == [(2, [text for text in ROW if text])]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    two_lines = [*ROW[:2], "Pier 9\nGate 4", *ROW[3:]]
    rows = [NEEDED, [], ROW, ["", ""], two_lines, ROW]
    assert [number for number, _ in read(as_csv(*rows))] == [3, 5, 6]
    assert [number for number, _ in read(workbook(rows))] == [3, 5, 6]


@pytest.mark.parametrize(("from_1904", "number"), [(False, 46371), (True, 44909)])
def test_a_date_of_a_workbook_is_a_day(from_1904: bool, number: int) -> None:
    day = Raw(f"<v>{number}</v>", f's="{A_DATE}"')
    book = Workbook([[*NEEDED, "lot_end"], [*ROW, day]], from_1904=from_1904)
    assert read(book.bytes())[0][1][-1] == "2026-12-15"


def test_a_workbook_of_another_program_is_read() -> None:
    """Written by openpyxl 3.1: numbers, dates of two kinds, bold titles, a second sheet."""
    number = ["4711", "existing", "VAI-1B2C-3D4E-5F6G-7H8J", "VS-ES3", "6", "renew"]
    assert read((DATA / "from_openpyxl.xlsx").read_bytes()) == [
        (2, [*number, "VS-ES1", "2026-12-15", "a@b.example"]),
        (3, ["PO-2", "new", "Pier 9 & Café", "ISS-Expert", "2", "add", "2027-01-01"]),
    ]


def test_a_result_file_comes_back_as_the_file_that_it_was_made_of() -> None:
    result = [*NEEDED, "status", "reason", "order_number", "installation", "iss_serial"]
    row = ["'-7", *ROW[1:], "issued", "x", "y", "z", "ISS-1"]
    assert read(as_csv(result, row)) == [(2, ["-7", *filter(None, ROW[1:])])]


def test_optional_columns_may_be_absent_and_in_any_order() -> None:
    rows = [tuple(reversed(COLUMNS)), ["a@b.example", "", "", "", *reversed(ROW)]]
    (row,) = read_rows(io.BytesIO(as_csv(*rows)))
    assert (row.values["notify"], row.values["po_number"]) == ("a@b.example", "PO-1")


NOT_A_PART = "xl/worksheets/sheet1.xml"
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
XLSX = Workbook([NEEDED, ROW])
BROKEN = {
    "nothing": (b"", Fault.EMPTY, "A1"),
    "blank-lines": (b"\n\n,,\n", Fault.EMPTY, "A1"),
    "header-only": (as_csv(NEEDED), Fault.EMPTY, "A2"),
    "nul-byte": (as_csv(NEEDED, ["PO\0", *ROW[1:]]), Fault.UNREADABLE, "A2"),
    "quote-not-closed": (as_csv(NEEDED, ROW) + b'PO-2,"new,Pier 9', Fault.QUOTES, "A3"),
    "text-after-a-quote": (as_csv(NEEDED) + b'"PO"-2,new', Fault.QUOTES, "A2"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), Fault.UNREADABLE, "A1"),
    "a-quoted-novel": (as_csv(NEEDED) + b'"' + b"x" * 300_000, Fault.QUOTES, "A2"),
    "csv-formula": (as_csv(NEEDED, [*ROW[:5], "=2+2", "add"]), Fault.FORMULA, "F2"),
    "300-columns": (as_csv([*NEEDED, *map(str, range(293))], ROW), Fault.TOO_MANY_COLUMNS, "AO1"),
    "long-cell": (as_csv(NEEDED, ["x" * 4001, *ROW[1:]]), Fault.LONG_CELL, "A2"),
    "a-sum-and-nothing-else": (as_csv(NEEDED, ["Total", *[""] * 6]), Fault.EMPTY, "A2"),
    "a-line-of-an-old-mac-without-end": (
        as_csv(NEEDED, [*ROW[:2], "x" * 300_000, *ROW[3:]]).replace(b"\r\n", b"\r"),
        Fault.QUOTES, "A2",
    ),
    "no-header": (as_csv(["Our orders"], ROW), Fault.NO_COLUMNS, "A1"),
    "column-twice": (as_csv([*NEEDED, "PO number"], ROW), Fault.COLUMN_TWICE, "H1"),
    "column-missing": (as_csv(NEEDED[:-1], ROW[:-1]), Fault.COLUMN_MISSING, "G1"),
    "value-below-nothing": (as_csv(NEEDED, [*ROW, "", "x"]), Fault.NO_HEADER, "I2"),
    "too-many-rows": (as_csv(NEEDED, *repeat(ROW, MAX_ROWS + 1)), Fault.TOO_MANY_ROWS, "A10002"),
    "old-xls": (b"\xd0\xcf\x11\xe0" + bytes(600), Fault.LOCKED, "A1"),
    "cut-off": (XLSX.bytes()[:-300], Fault.DAMAGED, "A1"),
    "no-archive-behind": (b"PK\3\4" + bytes(400), Fault.DAMAGED, "A1"),
    "no-sheet": (XLSX.bytes(**{NOT_A_PART: ""}), Fault.DAMAGED, "A1"),
    "no-workbook": (XLSX.bytes(**{"xl/workbook.xml": ""}), Fault.DAMAGED, "A1"),
    "no-xml": (XLSX.bytes(**{NOT_A_PART: "<sheet"}), Fault.DAMAGED, "A1"),
    "all-hidden": (Workbook([NEEDED, ROW], states=["hidden"]).bytes(), Fault.HIDDEN_SHEET, "A1"),
    "a-hidden-sheet": (
        Workbook([NEEDED, ROW], states=["visible", "veryHidden"]).bytes(), Fault.HIDDEN_SHEET, "A1",
    ),
    "xlsx-formula": (
        workbook([NEEDED, [*ROW[:5], Raw("<f>2+2</f><v>4</v>"), "add"]]), Fault.FORMULA, "F2",
    ),
    "xlsx-error": (
        workbook([NEEDED, [Raw("<v>#REF!</v>", 't="e"'), *ROW[1:]]]), Fault.ERROR_VALUE, "A2",
    ),
    "merged-header": (Workbook([NEEDED, ROW], merged=["B1:C1"]).bytes(), Fault.MERGED, "B1"),
    "xlsx-300-columns": (
        workbook([[*NEEDED, *[""] * 292, "x"], ROW]), Fault.TOO_MANY_COLUMNS, "KN1",
    ),
    "xlsx-far-away": (
        XLSX.bytes(**{NOT_A_PART: '<w><row><c r="XFD1048576"><v>1</v></c></row></w>'}),
        Fault.TOO_MANY_COLUMNS, "XFD1048576",
    ),
    "entities": (XLSX.bytes(**{NOT_A_PART: DOCTYPE + "<x>&b;</x>"}), Fault.BOMB, "A1"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "fault", "cell"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_its_place(content: bytes, fault: Fault, cell: str) -> None:
    assert refusal(content) == (fault, cell)


def bomb(name: str, text: bytes, times: int) -> bytes:
    """A workbook in which one part unpacks to that."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in XLSX.parts().items():
            if part != name:
                archive.writestr(part, content)
        with archive.open(name, "w") as packed:
            packed.write(f'<x xmlns="{MAIN}">'.encode())
            for chunk in chain(repeat(text, times), [b"</x>"]):
                packed.write(chunk)
    return file.getvalue()


def thousands_of_parts() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(3_000):
            archive.writestr(str(number), "")
    return file.getvalue()


BOMBS = {
    "rows": lambda: bomb("xl/worksheets/sheet1.xml", b"<row/>" * 10_000, 1_000),
    "one-long-text": lambda: bomb("xl/sharedStrings.xml", b"<si><t>" + b"x" * MEGABYTE, 64),
    "texts": lambda: bomb("xl/sharedStrings.xml", b"<si/>" * 10_000, 30),
    "parts": thousands_of_parts,
}


@pytest.mark.siege
@pytest.mark.parametrize("name", BOMBS)
def test_a_zip_bomb_is_refused_before_it_is_in_memory(name: str) -> None:
    content = BOMBS[name]()
    assert len(content) < MEGABYTE
    tracemalloc.start()
    try:
        assert refusal(content)[0] is Fault.BOMB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * MEGABYTE


# Up to where a workbook may go: spreadsheet programs and their add-ins write long things, too ----

SHEET = XLSX.parts()[NOT_A_PART]
PLACES = " ".join(f"A{row}:B{row}" for row in range(1, 5_000))[: MAX_TOKEN - 1_000]
GENEROUS = {
    "a-long-list-of-places": SHEET.replace(
        "</worksheet>", f'<conditionalFormatting sqref="{PLACES}"/></worksheet>'
    ),
    "a-long-comment": SHEET.replace("<sheetData>", f"<!--{'x' * (MAX_TOKEN - 10)}--><sheetData>"),
    "many-attributes": SHEET.replace(
        "<sheetData>",
        "<sheetView " + " ".join(f'a{n}="1"' for n in range(MAX_ATTRIBUTES)) + "/><sheetData>",
    ),
    "deep": SHEET.replace(
        "</worksheet>", "<a>" * (MAX_DEPTH - 1) + "</a>" * (MAX_DEPTH - 1) + "</worksheet>"
    ),
    "many-names": SHEET.replace(
        "</worksheet>", "".join(f"<a{n}/>" for n in range(MAX_NAMES - 100)) + "</worksheet>"
    ),
}


@pytest.mark.parametrize("name", GENEROUS)
def test_what_is_long_and_allowed_is_read(name: str) -> None:
    assert read(XLSX.bytes(**{NOT_A_PART: GENEROUS[name]})) == [(2, [text for text in ROW if text])]


TOO_LONG = {
    "comment": SHEET.replace("<sheetData>", f"<!--{'x' * (MAX_TOKEN + PIECE)}--><sheetData>"),
    "attributes": GENEROUS["many-attributes"].replace("<sheetView ", '<sheetView a="1" '),
    "deep": GENEROUS["deep"].replace("<a><a>", "<a><a><a>").replace("</a></a>", "</a></a></a>"),
    "names": GENEROUS["many-names"].replace(
        "</worksheet>", "".join(f"<b{n}/>" for n in range(200)) + "</worksheet>"
    ),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_what_is_a_little_longer_is_refused(name: str) -> None:
    assert refusal(XLSX.bytes(**{NOT_A_PART: TOO_LONG[name]}))[0] is Fault.BOMB


@pytest.mark.siege
@pytest.mark.parametrize("row", [ROW, [Raw(""), *ROW], [Raw("", 's="1"')] * 11], ids=str)
def test_ten_thousand_equal_rows_are_read_however_small_they_pack(row: list[object]) -> None:
    rows = [NEEDED, ROW, *repeat(row, MAX_ROWS - 1)]
    if len(row) > len(ROW):
        rows[0] = ["", *NEEDED]
        rows[1] = ["", *ROW]
    content = workbook(rows)
    assert len(content) < MEGABYTE
    assert read(content)[0] == (2, [text for text in ROW if text])


def test_rows_of_a_workbook_go_down() -> None:
    for number in ("2", "1", "0", "-1", "1048577", "9" * 30):
        cells = "".join(f'<c t="str"><v>{text}</v></c>' for text in ROW)
        again = f'<row r="{number}">{cells}</row></sheetData>'
        sheet = SHEET.replace("</sheetData>", again)
        assert refusal(XLSX.bytes(**{NOT_A_PART: sheet}))[0] is Fault.DAMAGED, number


def test_the_middle_of_a_file_of_blank_lines_is_read() -> None:
    blank = "\n" * (MAX_LINES - 2)
    content = as_csv(NEEDED) + blank.encode() + as_csv(ROW)
    assert read(content) == [(MAX_LINES, [text for text in ROW if text])]
    assert refusal(as_csv(NEEDED) + b"\n" + blank.encode() + as_csv(ROW))[0] is Fault.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("column", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (300, "KN"), (16384, "XFD")]
)
def test_columns_have_the_names_of_a_spreadsheet(column: int, name: str) -> None:
    assert letters(column) == name


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    assert defused(text) == f"'{text}"
    assert undefused(defused(text)) == text


@pytest.mark.parametrize("text", ["PO-1", "", "'quoted'", "1 + 1"])
def test_other_texts_stay(text: str) -> None:
    assert defused(text) == undefused(text) == text


def test_together_is_what_shares_a_key_directly_or_by_others() -> None:
    together = Together()
    for keys in ("a", "b", "cd", "", "d", "bx", "ax"):
        together.add(keys)
    assert together.numbers() == [0, 0, 1, 2, 1, 0, 0]


# What a spreadsheet shows and what it has ------------------------------------------------

SPREADSHEETS = DATA / "spreadsheets"


@pytest.mark.parametrize(
    ("name", "fault", "cell"),
    [
        ("two_po_numbers_shortened.csv", Fault.CHANGED_NUMBER, "A2"),
        ("serial_of_16_digits_shortened.csv", Fault.CHANGED_NUMBER, "D2"),
        ("po_number_made_a_date.xlsx", Fault.MADE_A_DATE, "A2"),
        ("filtered.xlsx", Fault.HIDDEN_ROW, "A3"),
    ],
)
def test_what_a_spreadsheet_changed_or_hides_is_refused_by_its_cell(
    name: str, fault: Fault, cell: str
) -> None:
    content = (SPREADSHEETS / name).read_bytes()
    assert refusal(content) == (fault, cell)


def test_a_number_is_read_with_the_zeros_that_are_shown() -> None:
    [(_, values)] = read((SPREADSHEETS / "leading_zeros.xlsx").read_bytes())
    assert values[0] == "004711"


@pytest.mark.parametrize("name", ["mac.csv", "sep.csv", "serial_with_a_mark.csv"])
def test_a_file_is_read_as_its_author_saw_it(name: str) -> None:
    [(number, values)] = read((SPREADSHEETS / name).read_bytes())
    assert (number, values[-1]) == (2, "add")
    assert all(value.isprintable() for value in values)


@pytest.mark.parametrize("title", [[["Our orders"]], [["Our orders"], ["Of", "May"]]])
def test_a_title_may_stand_above_the_header(title: list[list[str]]) -> None:
    rows = [*title, NEEDED, ROW]
    expected = [(len(rows), [text for text in ROW if text])]
    assert read(as_csv(*rows)) == read(workbook(rows)) == expected


SHEET_1 = "xl/worksheets/sheet1.xml"


def styled(code: str) -> bytes:
    """A workbook whose PO number is 4711 in a cell with that format."""
    book = Workbook([NEEDED, [Raw("<v>4711</v>", f's="{A_DATE}"'), *ROW[1:]]])
    styles = book.parts()["xl/styles.xml"]
    return book.bytes(**{"xl/styles.xml": styles.replace("m/d/yyyy", code)})


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("000000", "004711"),
        ("00", "4711"),
        ("#,##0", "4711"),
        ("General", "4711"),
        ("0;-0", "4711"),
    ],
)
def test_a_format_that_shows_the_number_is_read_as_it_is_shown(code: str, shown: str) -> None:
    [(_, values)] = read(styled(code))
    assert values[0] == shown


@pytest.mark.parametrize("code", ["0%", "&quot;PO-&quot;0000", "0000-0000", "# ?/?"])
def test_a_format_that_shows_something_else_is_refused(code: str) -> None:
    assert refusal(styled(code)) == (Fault.SHOWN_OTHERWISE, "A2")


def test_a_number_of_16_digits_has_lost_some() -> None:
    content = workbook([NEEDED, [1234567890123456, *ROW[1:]]])
    assert refusal(content) == (Fault.CHANGED_NUMBER, "A2")


def test_what_stands_in_a_hidden_column_is_refused() -> None:
    book = Workbook([[*NEEDED, "notify"], [*ROW, "a@b.example"]])
    sheet = book.parts()[SHEET_1]
    hidden = '<cols><col min="8" max="9" hidden="1"/></cols><sheetData>'
    content = book.bytes(**{SHEET_1: sheet.replace("<sheetData>", hidden)})
    assert refusal(content) == (Fault.HIDDEN_COLUMN, "H2")


def test_hidden_columns_from_far_below_the_first_cost_nothing() -> None:
    book = Workbook([NEEDED, ROW])
    hidden = '<cols><col min="-9999999999" max="99" hidden="1"/></cols><sheetData>'
    sheet = book.parts()[SHEET_1].replace("<sheetData>", hidden)
    assert refusal(book.bytes(**{SHEET_1: sheet})) == (Fault.HIDDEN_COLUMN, "A2")


def test_a_hidden_column_without_values_hides_nothing() -> None:
    book = Workbook([[*NEEDED, "notify"], ROW])
    sheet = book.parts()[SHEET_1]
    hidden = '<cols><col min="8" max="9" hidden="1"/></cols><sheetData>'
    content = book.bytes(**{SHEET_1: sheet.replace("<sheetData>", hidden)})
    assert read(content) == [(2, [text for text in ROW if text])]


def test_a_merged_title_refuses_no_workbook() -> None:
    book = Workbook([["Our orders"], NEEDED, ROW], merged=["A1:G1"])
    assert read(book.bytes()) == [(3, [text for text in ROW if text])]


def test_a_semicolon_list_may_begin_with_a_blank_line() -> None:
    content = b";;;\r\n" + as_csv(NEEDED, ROW, delimiter=";")
    assert read(content) == [(3, [text for text in ROW if text])]


# What is said of a broken file, word by word -----------------------------------------------------

SAID = {
    "column-twice": (
        as_csv([*NEEDED, "PO-number"], ROW),
        FileProblem(Fault.COLUMN_TWICE, 1, 8, "PO-number"),
    ),
    "column-missing": (
        as_csv([], NEEDED[1:], ROW[1:]),
        FileProblem(Fault.COLUMN_MISSING, 2, 7, "po_number"),
    ),
    "two-names-are-no-header": (
        as_csv(["kind", "action"], ["new", "add"]),
        FileProblem(Fault.NO_COLUMNS, 1, 1, ""),
    ),
    "value-below-nothing": (as_csv(NEEDED, [*ROW, "x"]), FileProblem(Fault.NO_HEADER, 2, 8, "x")),
    "formula": (as_csv(NEEDED, ["=2+2", *ROW[1:]]), FileProblem(Fault.FORMULA, 2, 1, "=2+2")),
    "header-only": (as_csv([], NEEDED), FileProblem(Fault.EMPTY, 3, 1, "")),
    "a-long-title": (
        as_csv([*NEEDED[1:], "x" * 61], ROW[1:]),
        FileProblem(Fault.UNKNOWN_COLUMN, 1, 7, "x" * 60),
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_problem_names_its_place_and_what_stands_there(name: str) -> None:
    content, problem = SAID[name]
    assert problem in problems(content)


def test_a_refusal_names_its_problem_in_a_log() -> None:
    refused = FileRefused(Fault.QUOTES, 0, 0)
    assert refused.problem == FileProblem(Fault.QUOTES, 1, 1, "")
    assert "Fault.QUOTES" in repr(refused)


def test_a_cell_may_be_as_long_as_the_longest_and_no_longer() -> None:
    longest = "x" * MAX_CELL
    assert read(as_csv(NEEDED, [longest, *ROW[1:]]))[0][1][0] == longest
    assert refusal(as_csv(NEEDED, [longest + "x", *ROW[1:]])) == (Fault.LONG_CELL, "A2")


def test_forty_columns_are_read_and_not_one_more() -> None:
    wide = [*NEEDED, *[f"{letters(at)}_serial" for at in range(1, MAX_COLUMNS - 6)]]
    assert len(wide) == MAX_COLUMNS
    assert read(as_csv(wide, ROW)) == read(as_csv(NEEDED, ROW))
    more = as_csv([*wide, "x_serial"], ROW)
    assert refusal(more) == (Fault.TOO_MANY_COLUMNS, "AO1")


def test_as_many_rows_as_may_be_are_read() -> None:
    assert len(read(as_csv(NEEDED, *repeat(ROW, MAX_ROWS)))) == MAX_ROWS
