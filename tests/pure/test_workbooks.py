"""Workbooks cell by cell: the value that is read, or the fault and the cell that is blamed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import pytest

from orders.bulk.file import xlsx_file
from orders.bulk.file.columns import NEEDED, read_rows
from orders.bulk.file.table import MAX_CELL, Fault, FileProblem, FileRefused, letters
from orders.bulk.file.xlsx_file import MAX_ROW, read_xlsx
from orders.bulk.file.xlsx_parts import PIECE
from tests.xlsx import MAIN, OFFICE, PACKAGE, Raw, Workbook

ROW = ["PO-1", "new", "Pier 9", "", "ISS-Expert", "4", "add"]
SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    rows = read_rows(io.BytesIO(content))
    return [(row.number, [text for text in row.values.values() if text]) for row in rows]


def refused(content: bytes) -> FileProblem:
    with pytest.raises(FileRefused) as refusal:
        rows_of(content)
    return refusal.value.problem


def blamed(content: bytes) -> tuple[Fault, str]:
    problem = refused(content)
    return problem.fault, problem.cell


def fault_of(content: bytes) -> Fault | None:
    """None of a file that is read."""
    try:
        rows_of(content)
    except FileRefused as refusal:
        return refusal.problem.fault
    return None


def with_cell(inside: str, attributes: str = "", at: int = 0, /, **parts: str) -> bytes:
    """A workbook with one row, in which one cell is that one."""
    row: list[object] = [*ROW]
    row[at] = Raw(inside, attributes)
    return Workbook([NEEDED, row]).bytes(**parts)


def value_of(content: bytes, at: int = 0) -> str:
    [row] = read_rows(io.BytesIO(content))
    return row.values[NEEDED[at]]


def inline(texts: Sequence[str], places: Sequence[str] = ()) -> str:
    """Cells with these texts in them; without a place where none is given."""
    cells = ""
    for at, text in enumerate(texts):
        place = f'r="{places[at]}" ' if places else ""
        cells += f'<c {place}t="inlineStr"><is><t>{escape(text)}</t></is></c>'
    return cells


def sheet(data: str, before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData></worksheet>'


def whole(sheet: str, **parts: str) -> bytes:
    return Workbook([NEEDED, ROW]).bytes(**{SHEET: sheet}, **parts)


WHOLE = [(2, [text for text in ROW if text])]
HEADER = f'<row r="1">{inline(NEEDED)}</row>'

# A value ------------------------------------------------------------------------------------------

LONGEST = "x" * MAX_CELL
VALUES = {
    "a-number": ("<v>4711</v>", "", "4711"),
    "a-number-that-says-so": ("<v>4711</v>", 't="n"', "4711"),
    "a-whole-number-with-a-point": ("<v>12.0</v>", "", "12"),
    "a-whole-number-with-an-exponent": ("<v>1.2E1</v>", "", "12"),
    "a-broken-number": ("<v>1.5</v>", "", "1.5"),
    "fifteen-digits": ("<v>999999999999999</v>", "", "999999999999999"),
    "fifteen-digits-below-zero": ("<v>-999999999999999</v>", "", "-999999999999999"),
    "sixteen-digits-as-a-text": ("<v>1234567890123456</v>", 't="str"', "1234567890123456"),
    "yes": ("<v>1</v>", 't="b"', "TRUE"),
    "no": ("<v>0</v>", 't="b"', "FALSE"),
    "neither": ("<v></v>", 't="b"', ""),
    "no-value": ("", "", ""),
    "no-shared-text": ("<v></v>", 't="s"', ""),
    "a-text-in-the-cell": ("<is><t>PO-2</t></is>", 't="inlineStr"', "PO-2"),
    "a-text-in-two-colors": (
        "<is><r><t>PO</t></r>and<r><t>-2</t></r></is>", 't="inlineStr"', "PO-2",
    ),
    "a-text-with-its-pronunciation": (
        "<is><t>PO</t><rPh><t>pee-oh</t></rPh><t>-2</t></is>", 't="inlineStr"', "PO-2",
    ),
    "a-number-before-something-else": ("<v>4</v>5", "", "4"),
    "the-longest-text": (f"<is><t>{LONGEST}</t></is>", 't="inlineStr"', LONGEST),
}  # fmt: skip


@pytest.mark.parametrize(("inside", "attributes", "value"), VALUES.values(), ids=VALUES.keys())
def test_a_cell_is_read_as_it_is_shown(inside: str, attributes: str, value: str) -> None:
    assert value_of(with_cell(inside, attributes)) == value


FAULTS = {
    "an-error": (0, "<v>#REF!</v>", 't="e"', FileProblem(Fault.ERROR_VALUE, 2, 1, "#REF!")),
    "an-error-further-on": (
        5, "<v>#N/A</v>", 't="e"', FileProblem(Fault.ERROR_VALUE, 2, 6, "#N/A"),
    ),
    "a-number-of-16-digits": (
        0, "<v>1E15</v>", "", FileProblem(Fault.CHANGED_NUMBER, 2, 1, "1E15"),
    ),
    "a-number-of-16-digits-below-zero": (
        4, "<v>-1234567890123456</v>", "",
        FileProblem(Fault.CHANGED_NUMBER, 2, 5, "-1234567890123456"),
    ),
    "a-day": (
        2, "<v>2026-12-15T00:00:00</v>", 't="d"',
        FileProblem(Fault.MADE_A_DATE, 2, 3, "2026-12-15"),
    ),
    "a-long-text": (
        2, f"<is><t>{LONGEST}x</t></is>", 't="inlineStr"', FileProblem(Fault.LONG_CELL, 2, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("at", "inside", "attributes", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_cell_that_says_something_else_is_named(
    at: int, inside: str, attributes: str, problem: FileProblem
) -> None:
    assert refused(with_cell(inside, attributes, at)) == problem


def test_a_formula_is_named() -> None:
    assert blamed(with_cell("<f>2+2</f><v>4</v>", "", 5)) == (Fault.FORMULA, "F2")


def test_a_number_that_names_nothing_may_be_long() -> None:
    """A quantity: the order says what is wrong with it."""
    assert value_of(with_cell("<v>1E15</v>", "", 5), at=5) == "1E15"


@pytest.mark.parametrize("inside", ["<v>four</v>", "<v>1,5</v>"])
def test_a_number_that_is_none_is_damage(inside: str) -> None:
    assert fault_of(with_cell(inside)) is Fault.DAMAGED


# The texts that cells share -----------------------------------------------------------------------


def sharing(table: str) -> bytes:
    """A workbook whose PO number is the first text of that table."""
    return whole(
        sheet(f'{HEADER}<row r="2"><c t="s"><v>0</v></c>{inline(ROW[1:])}</row>'),
        **{TEXTS: f'<sst xmlns="{MAIN}">{table}</sst>'},
    )


SHARED = {
    "plain": ("<si><t>PO-2</t></si>", "PO-2"),
    "in-two-colors": ("<si><r><t>PO</t></r><r><t>-2</t></r></si>", "PO-2"),
    "with-its-pronunciation": (
        "<si><t>PO</t><rPh><t>pee-oh</t></rPh><t>-2</t><phoneticPr/></si>", "PO-2",
    ),
    "beside-other-text": ("all <si>of <t>PO-2</t> them</si>", "PO-2"),
    "before-another": ("<si><t>PO-2</t></si><si><t>PO-3</t></si>", "PO-2"),
    "empty": ("<si/>", ""),
    "missing": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("table", "value"), SHARED.values(), ids=SHARED.keys())
def test_a_text_that_cells_share_is_read(table: str, value: str) -> None:
    assert value_of(sharing(table)) == value


@pytest.mark.parametrize(("limit", "value"), [("MAX_TEXT", 8), ("MAX_TEXTS", 2)])
def test_the_table_of_texts_has_an_end(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    table = "<si><t>PO-2</t></si><si><t>PO-3</t></si>"
    monkeypatch.setattr(xlsx_file, limit, value)
    assert value_of(sharing(table)) == "PO-2"
    monkeypatch.setattr(xlsx_file, limit, value - 1)
    assert fault_of(sharing(table)) is Fault.BOMB


def test_a_text_counts_for_each_cell_that_has_it() -> None:
    """A megabyte at least may come of a file."""
    cells = [LONGEST] * 4
    few, many = ([NEEDED, *[[*cells, *ROW[4:]]] * count] for count in (60, 100))
    for rows, fault in ((few, None), (many, Fault.BOMB)):
        book = Workbook(rows)
        texts = [*NEEDED, *ROW, LONGEST]
        content = book.bytes(**{SHEET: _by_number(rows, texts), TEXTS: _table(texts)})
        assert fault_of(content) is fault


def _table(texts: Sequence[str]) -> str:
    return f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"


def _by_number(rows: Sequence[Sequence[str]], texts: Sequence[str]) -> str:
    lines = (
        "".join(f'<c t="s"><v>{texts.index(text)}</v></c>' if text else "<c/>" for text in row)
        for row in rows
    )
    return sheet("".join(f"<row>{cells}</row>" for cells in lines))


# Formats ------------------------------------------------------------------------------------------


def styled(styles: str, number: str = "7", *, style: int = 1) -> bytes:
    """A workbook whose PO number is a number in that style."""
    part = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return with_cell(f"<v>{number}</v>", f's="{style}"', **{STYLES: part})


def coded(code: str, number: str = "7") -> bytes:
    own = f'<numFmts><numFmt numFmtId="164" formatCode={quoteattr(code)}/></numFmts>'
    return styled(f'{own}<cellXfs><xf/><xf numFmtId="164"/></cellXfs>', number)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("00", "07"),
        ("000", "007"),
        ("000;-000;000", "007"),
        ("0", "7"),
        ("General", "7"),
        ("GENERAL", "7"),
        ("@", "7"),
        ("#,##0.00", "7"),
        ("0.00E+00", "7"),
    ],
)
def test_a_code_of_a_format_shows_the_number(code: str, shown: str) -> None:
    assert value_of(coded(code)) == shown


@pytest.mark.parametrize("code", ["d", "M/D/YYYY", "yyyy-mm-dd", "[Red]d", 'd" of "', r"\d d"])
def test_a_code_of_a_day_is_one(code: str) -> None:
    assert blamed(coded(code)) == (Fault.MADE_A_DATE, "A2")


@pytest.mark.parametrize("code", ['"day "0', "[Magenta]0", r"\d0", "0%", "0 x", "x0", "0.0_)"])
def test_a_code_that_shows_something_beside_the_number_is_named(code: str) -> None:
    assert blamed(coded(code)) == (Fault.SHOWN_OTHERWISE, "A2")


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        *((number, None) for number in (0, 1, 2, 3, 4, 11, 13 + 24, 44, 48, 49, 99)),
        *((number, Fault.SHOWN_OTHERWISE) for number in (9, 10, 12, 13)),
        *((number, Fault.MADE_A_DATE) for number in (14, 22, 27, 36, 45, 47, 50, 58)),
    ],
)
def test_formats_have_numbers_that_every_program_knows(number: int, fault: Fault | None) -> None:
    assert fault_of(styled(f'<cellXfs><xf/><xf numFmtId="{number}"/></cellXfs>')) is fault


def test_a_style_is_one_of_cells_and_not_of_names() -> None:
    named = '<cellStyleXfs><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs>'
    assert value_of(styled(f"{named}<cellXfs><xf/><xf/></cellXfs>")) == "7"
    dates = '<cellXfs><xf/><xf numFmtId="14"/></cellXfs>'
    assert fault_of(styled(f"{named}{dates}")) is Fault.MADE_A_DATE


def test_a_style_that_is_not_there_shows_the_number() -> None:
    assert value_of(styled("<cellXfs><xf/></cellXfs>", style=1)) == "7"
    assert value_of(with_cell("<v>7</v>", 's="1"', **{STYLES: ""})) == "7"


def test_a_text_in_a_cell_for_days_is_a_text() -> None:
    assert value_of(with_cell("<is><t>PO-2</t></is>", 's="1" t="inlineStr"')) == "PO-2"


# Days ---------------------------------------------------------------------------------------------


def day_of(content: bytes) -> str:
    [row] = read_rows(io.BytesIO(content))
    return row.values.get("lot_end", "")


@pytest.mark.parametrize(
    ("inside", "attributes", "shown"),
    [
        ("<v>1</v>", 's="1"', "1899-12-31"),
        ("<v>46371.75</v>", 's="1"', "2026-12-15"),
        ("<v>2026-12-15</v>", 't="d"', "2026-12-15"),
        ("<v>2026-12-15T08:30:00</v>", 't="d"', "2026-12-15"),
        ("<v>9999999</v>", 's="1"', "9999999"),
        ("<v>1E300</v>", 's="1"', "1E300"),
        ("", 's="1"', ""),
    ],
)
def test_a_day_is_written_as_one(inside: str, attributes: str, shown: str) -> None:
    book = Workbook([[*NEEDED, "lot_end"], [*ROW, Raw(inside, attributes)]])
    assert day_of(book.bytes()) == shown


@pytest.mark.parametrize(
    ("says", "day"),
    [
        ('date1904="1"', date(2026, 12, 15)),
        ('date1904="true"', date(2026, 12, 15)),
        ('date1904="0"', date(2022, 12, 14)),
        ("", date(2022, 12, 14)),
    ],
)
def test_days_are_counted_from_the_one_that_the_book_names(says: str, day: date) -> None:
    book = Workbook([[*NEEDED, "lot_end"], [*ROW, Raw("<v>44909</v>", 's="1"')]])
    part = book.parts()[BOOK].replace('date1904="0"', says)
    assert day_of(book.bytes(**{BOOK: part})) == day.isoformat()


def test_a_title_may_have_a_day_in_it() -> None:
    """It is suspect as a PO number, and stands above the header."""
    book = Workbook([["Orders of", Raw("<v>46371</v>", 's="1"')], NEEDED, ROW])
    assert rows_of(book.bytes()) == [(3, WHOLE[0][1])]


# Where cells stand --------------------------------------------------------------------------------


def test_rows_and_cells_are_counted_where_the_file_names_no_place() -> None:
    two = "".join(f"<row>{inline(row)}</row>" for row in (NEEDED, ROW, ROW))
    assert rows_of(whole(sheet(two))) == [(2, WHOLE[0][1]), (3, WHOLE[0][1])]


def test_a_place_that_is_named_counts() -> None:
    """The header stands behind 26 blank cells; the row names the columns, and skips two rows."""
    header = "<c/>" * 26 + inline(NEEDED)
    places = [f"A{letters(at)}4" for at in range(1, 8)]
    data = f"<row>{header}</row><row>{inline(ROW, places)}</row>"
    assert rows_of(whole(sheet(data))) == [(4, WHOLE[0][1])]


def test_the_next_cell_stands_beside_the_last_one() -> None:
    first = inline(ROW[:1], ["A3"])
    data = f'{HEADER}<row r="3">{first}{inline(ROW[1:])}</row>'
    assert rows_of(whole(sheet(data))) == [(3, WHOLE[0][1])]


@pytest.mark.parametrize("place", ["A0", "2A", "A", "2", "a2", "ABCD2", "A12345678", "$A$2", ""])
def test_a_place_that_is_none_is_damage(place: str) -> None:
    data = f"{HEADER}<row>{inline(ROW[:1], [place])}</row>"
    assert fault_of(whole(sheet(data))) is Fault.DAMAGED


def test_the_last_row_of_a_spreadsheet_is_read() -> None:
    data = f'{HEADER}<row r="{MAX_ROW}">{inline(ROW)}</row>'
    assert rows_of(whole(sheet(data))) == [(MAX_ROW, WHOLE[0][1])]


def test_a_row_is_as_long_as_its_last_value() -> None:
    cells = f'{inline(["a", "", "b"])}<c s="1"/><c/>'
    [row] = read_xlsx(io.BytesIO(whole(sheet(f'<row r="3">{cells}</row><row r="4"><c/></row>'))))
    assert (row.number, row.cells) == (3, ("a", "", "b"))


def test_a_number_is_read_over_the_end_of_a_piece() -> None:
    """A part is read in pieces."""
    begin = f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}<row r="2">'
    blanks = " " * (PIECE - len(f"{begin}<c><v>47"))
    cells = f"<c><v>4711</v></c>{inline(ROW[1:])}"
    content = whole(f"{begin}{blanks}{cells}</row></sheetData></worksheet>")
    assert value_of(content) == "4711"


def test_blanks_between_elements_are_no_text() -> None:
    blanks = "\n" * (MAX_CELL + 1)
    spread = HEADER.replace(">", f">{blanks}", 1)
    data = f'{spread}<row r="2">{inline(ROW)}</row>'
    assert rows_of(whole(sheet(data, before=blanks))) == WHOLE


# Hidden and merged --------------------------------------------------------------------------------

WIDTH = '<cols><col min="{}" max="{}" {}/></cols>'


@pytest.mark.parametrize(
    ("first", "last", "says", "cell"),
    [
        (1, 1, 'hidden="1"', "A2"),
        (1, 1, 'hidden="true"', "A2"),
        (2, 3, 'hidden="1"', "B2"),
        (3, 4, 'hidden="1"', "C2"),
        (4, 5, 'hidden="1"', "E2"),
        (7, 16_384, 'hidden="1"', "G2"),
        (4, 4, 'hidden="1"', None),
        (8, 16_384, 'hidden="1"', None),
        (1, 7, 'hidden="0"', None),
        (1, 7, 'hidden="false"', None),
        (1, 7, 'width="9"', None),
    ],
)
def test_a_value_in_a_hidden_column_is_named(
    first: int, last: int, says: str, cell: str | None
) -> None:
    """The header is a title, which is not asked."""
    content = whole(
        sheet(f'{HEADER}<row r="2">{inline(ROW)}</row>', WIDTH.format(first, last, says))
    )
    assert fault_of(content) is (Fault.HIDDEN_COLUMN if cell else None)
    if cell:
        assert blamed(content) == (Fault.HIDDEN_COLUMN, cell)


def test_a_hidden_row_is_named_by_its_first_cell() -> None:
    places = [[f"{letters(at)}{row}" for at in range(2, 9)] for row in (1, 2)]
    header, cells = inline(NEEDED, places[0]), inline(ROW, places[1])
    content = whole(sheet(f'<row>{header}</row><row hidden="1">{cells}</row>'))
    assert blamed(content) == (Fault.HIDDEN_ROW, "B2")


@pytest.mark.parametrize(
    ("says", "fault"),
    [('hidden="1"', Fault.HIDDEN_ROW), ('hidden="true"', Fault.HIDDEN_ROW), ('hidden="0"', None)],
)
def test_a_row_that_is_hidden_is_named(says: str, fault: Fault | None) -> None:
    rows = f'<row r="2">{inline(ROW)}</row><row r="3" {says}>{inline(ROW)}</row>'
    content = whole(sheet(HEADER + rows))
    assert fault_of(content) is fault
    if fault:
        assert blamed(content) == (fault, "A3")


def test_a_hidden_row_without_values_hides_nothing() -> None:
    rows = f'<row r="2" hidden="1"><c/></row><row r="3">{inline(ROW)}</row>'
    assert rows_of(whole(sheet(HEADER + rows))) == [(3, WHOLE[0][1])]


@pytest.mark.parametrize(
    ("merged", "problem"),
    [
        (["A2:A4"], ("A2", "A2:A4")),
        (["A4:A9"], ("A4", "A4:A9")),
        (["A2:A3", "A9:A10"], ("A2", "A2:A3")),
        (["A9:A10", "C3:D3"], ("C3", "C3:D3")),
        (["A2:A9", "C3:D3"], ("A2", "A2:A9")),
        (["A1:B1"], ("A1", "A1:B1")),
        (["A5:B5", "A9:A10"], None),
        (["A2"], None),
        (["A2:A2"], None),
    ],
)
def test_merged_cells_are_named_where_they_begin(
    merged: list[str], problem: tuple[str, str] | None
) -> None:
    content = Workbook([NEEDED, ROW, ROW, ROW], merged=merged).bytes()
    assert fault_of(content) is (Fault.MERGED if problem else None)
    if problem:
        told = refused(content)
        assert (told.cell, told.text) == problem


def test_cells_that_end_above_the_header_do_not_matter() -> None:
    rows = [["Our orders"], ["of May"], NEEDED, ROW]
    content = Workbook(rows, merged=["A1:G2", "A3:A3"]).bytes()
    assert rows_of(content) == [(4, WHOLE[0][1])]


# The parts of a book ------------------------------------------------------------------------------


def relations(*targets: tuple[str, str, str]) -> str:
    rows = (
        f'<Relationship Id="{each}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for each, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(rows)}</Relationships>'


def book_of(*sheets: str) -> str:
    """`sheets` are the attributes of each."""
    inside = "".join(f"<sheet {attributes}/>" for attributes in sheets)
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{inside}</sheets></workbook>'


DATA = sheet(f'{HEADER}<row r="2">{inline(ROW)}</row>')
OTHER = sheet(f'<row r="1">{inline(["another"])}</row>')


def parts(book: str = "", related: str = "", **parts: str) -> bytes:
    """A workbook without texts and styles, but for what is given."""
    own = {BOOK: book or book_of('r:id="rId1"'), BOOK_RELATIONS: related or SHEET_ONLY}
    return Workbook([]).bytes(**{TEXTS: "", STYLES: "", SHEET: DATA, **own, **parts})


SHEET_ONLY = relations(("rId1", "worksheet", "worksheets/sheet1.xml"))


def test_a_book_needs_neither_texts_nor_styles() -> None:
    assert rows_of(parts()) == WHOLE
    named = relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "sharedStrings", "sharedStrings.xml"),
        ("rId3", "styles", "styles.xml"),
    )
    assert rows_of(parts(related=named)) == WHOLE


@pytest.mark.parametrize(
    "target",
    [
        "worksheets/sheet1.xml",
        "/xl/worksheets/sheet1.xml",
        "./worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "../../xl/worksheets/sheet1.xml",
    ],
)
def test_a_target_is_an_address_seen_from_the_book(target: str) -> None:
    assert rows_of(parts(related=relations(("rId1", "worksheet", target)))) == WHOLE


def test_the_first_sheet_is_that_of_the_book() -> None:
    related = relations(
        ("rId1", "worksheet", "worksheets/sheet2.xml"),
        ("rId2", "worksheet", "worksheets/sheet1.xml"),
    )
    book = book_of('name="A" r:id="rId2"', 'name="B" state="visible" r:id="rId1"')
    assert rows_of(parts(book, related, **{"xl/worksheets/sheet2.xml": OTHER})) == WHOLE


@pytest.mark.parametrize("name", ['name="Lists"', ""])
def test_a_hidden_sheet_is_named(name: str) -> None:
    book = book_of('name="A" r:id="rId1"', f'{name} state="hidden" r:id="rId2"')
    expected = FileProblem(Fault.HIDDEN_SHEET, text="Lists" if name else "")
    assert refused(parts(book)) == expected


def test_a_book_without_a_sheet_is_damaged() -> None:
    assert fault_of(parts(book_of())) is Fault.DAMAGED


def test_a_book_lies_where_the_archive_says() -> None:
    """Other programs have other folders, and other parts before and behind it."""
    root = relations(
        ("rId1", "core-properties", "docProps/core.xml"),
        ("rId2", "officeDocument", "/office/book.xml"),
        ("rId3", "extended-properties", "docProps/app.xml"),
    )
    related = relations(
        ("a", "styles", "look.xml"),
        ("b", "worksheet", "sheets/one.xml"),
        ("c", "sharedStrings", "texts.xml"),
        ("d", "theme", "theme.xml"),
    )
    cells = f'<c t="s"><v>1</v></c>{inline(ROW[1:5])}<c s="0"><v>4</v></c>{inline(ROW[6:])}'
    nowhere_else = dict.fromkeys((BOOK, BOOK_RELATIONS, TEXTS, STYLES, SHEET), "")
    there = {
        "_rels/.rels": root,
        "office/book.xml": book_of('name="A" r:id="b"'),
        "office/_rels/book.xml.rels": related,
        "office/look.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/></cellXfs></styleSheet>',
        "office/texts.xml": _table(["no", "PO-1"]),
        "office/sheets/one.xml": sheet(f'{HEADER}<row r="2">{cells}</row>'),
    }
    content = Workbook([]).bytes(**nowhere_else, **there)
    assert rows_of(content) == WHOLE


def test_a_book_that_the_archive_does_not_name_lies_where_it_does_mostly() -> None:
    assert rows_of(parts(**{"_rels/.rels": relations()})) == WHOLE
