"""The result file, and the files that the page ships."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

from orders.bulk import result
from orders.bulk.file.columns import COLUMNS, FileRow, read_rows
from orders.bulk.file.table import AsRead
from orders.bulk.guide import GUIDE, sample
from orders.bulk.template import template
from tests.bulk.uploads import Desk, decided, existing, finish, place, results, row
from tests.cast import Cast, current


def test_nothing_in_it_runs_as_a_formula(desk: Desk) -> None:
    upload = desk.place(
        row("+1-800", site_name="@SUM(A1)"),
        row("-2", site_name="Pier 9", part_number='+cmd|"/c calc"'),
        existing("'-3", "-unknown"),
    )
    lines = "".join(result.lines(upload)).removeprefix("\ufeff")
    cells = [cell.strip('"') for line in lines.splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert [line["po_number"] for line in results(upload)] == ["'+1-800", "'-2", "'-3"]
    assert results(upload)[0]["installation"] == "'@SUM(A1)"


def test_a_result_with_its_rows_put_right_is_a_file_again(desk: Desk) -> None:
    upload = desk.place(row("-1", site_name="Pier 9", quantity="x"))
    again = "".join(result.lines(upload)).replace(",x,", ",2,")
    rows = list(read_rows(io.BytesIO(again.encode())))
    assert [(each.values["po_number"], each.values["quantity"]) for each in rows] == [("-1", "2")]


def test_it_has_the_rows_as_they_were_and_the_serials_after_the_order(
    cast: Cast, desk: Desk
) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    iss, vai = current(site, "ISS"), current(site, "VAI")
    upload = desk.place(
        existing("PO-1", vai.lower(), part_number="VS-ES1", notify="a@b.example"),
        row("PO-2", site_name="Pier 9", quantity="1,000"),
        existing("PO-3", iss, part_number="VS-ES1", quantity=5),
    )
    issued, new, reviewed = results(upload)
    assert (issued["serial_number"], issued["notify"]) == (vai.lower(), "a@b.example")
    after = current(site, "VAI")
    assert (issued["iss_serial"], issued["vai_serial"]) == (iss, after)
    assert (new["quantity"], new["vai_serial"]) == ("1,000", "")
    assert (reviewed["status"], reviewed["iss_serial"], reviewed["vai_serial"]) == (
        "in_review", iss, after,
    )  # fmt: skip
    placed = [row.order for row in upload.orders.select_related("order")]
    numbers = [order.reference for order in placed if order]
    assert [line["order_number"] for line in (issued, new, reviewed)] == numbers


def test_the_sample_can_be_uploaded_and_explains_each_column(desk: Desk) -> None:
    upload = desk.upload_file(sample().encode())
    assert (upload.row_count, upload.order_count) == (6, 4)
    assert {row.number for row in upload.rows.all()} == set(range(2, 8))
    assert tuple(column.name for column in GUIDE) == COLUMNS
    assert [column.name for column in GUIDE if column.may_be_absent] == list(COLUMNS[-4:])


def test_what_the_sample_orders_for_new_sites_is_good(desk: Desk) -> None:
    upload = finish(desk.upload_file(sample().encode()))
    assert [status for status, _ in decided(upload)] == ["issued", "issued", "held", "held"]


def test_the_template_has_the_same_rows_as_the_sample_and_is_read_like_it() -> None:
    as_read = AsRead()
    rows = [_filled(row) for row in read_rows(io.BytesIO(template()), as_read)]
    assert rows == [_filled(row) for row in read_rows(io.BytesIO(sample().encode()))]
    assert (as_read.not_read, as_read.totals) == ([], [])


def _filled(row: FileRow) -> tuple[int, dict[str, str]]:
    return row.number, {name: text for name, text in row.values.items() if text}


def _xml(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  # of our own making


def test_another_program_reads_the_template_and_keeps_what_is_typed_as_text() -> None:
    """It formats each cell as text, so that a number with zeros or twenty digits stays."""
    with zipfile.ZipFile(io.BytesIO(template())) as archive:
        parts = {name: _xml(archive.read(name)) for name in archive.namelist()}
    sheet, styles = parts["xl/worksheets/sheet1.xml"], parts["xl/styles.xml"]
    formats = [each.get("numFmtId") for each in styles.iterfind("{*}cellXfs/{*}xf")]
    columns = list(sheet.iterfind("{*}cols/{*}col"))
    assert [(each.get("min"), each.get("max")) for each in columns] == [("1", str(len(COLUMNS)))]
    used = {each.get("s") for each in sheet.iterfind(".//{*}c")} | {columns[0].get("style")}
    assert {formats[int(number or 0)] for number in used} == {"49"}
    checked = {each.get("sqref") for each in sheet.iterfind(".//{*}dataValidation")}
    assert checked == {"B2:B10001", "G2:G10001"}
    assert [each.text for each in sheet.iterfind(".//{*}formula1")] == [
        '"new,existing"', '"add,upgrade,renew"',
    ]  # fmt: skip


def test_nothing_in_a_preview_is_called_issued(cast: Cast, desk: Desk) -> None:
    rows = [row("PO-1", site_name="Pier 9"), existing("PO-2", "unknown"), row("PO-3", quantity="x")]
    upload = desk.preview(*rows)
    statuses = ["would_be_issued", "would_be_held", "refused"]
    assert [line["status"] for line in results(upload)] == statuses
    assert [line["status"] for line in results(place(upload))] == ["issued", "held", "refused"]
