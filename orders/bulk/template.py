"""The sample file as a workbook, which spreadsheet programs leave as it is typed.

Every cell is formatted as text, so that no number of an order is shortened or becomes a day.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from licensing.serial_policy import Action
from orders.bulk.file.columns import COLUMNS
from orders.bulk.file.table import MAX_ROWS, letters
from orders.bulk.guide import sample_rows
from orders.models import Order

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT, _BOLD = 1, 2  # styles
_WIDTH = 20  # characters
_LAST_ROW = MAX_ROWS + 1
_CHOICES = {"kind": [str(each) for each in Order.Kind], "action": [str(each) for each in Action]}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (  # 49 is the format of a text
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
        ' applyFont="1"/></cellXfs></styleSheet>'
    ),
}


def template() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": _sheet()}.items():
            archive.writestr(zipfile.ZipInfo(name), _XML + text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _sheet() -> str:
    rows = enumerate(sample_rows(), start=1)
    checks = "".join(_check(name, values) for name, values in _CHOICES.items())
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'</sheetView></sheetViews><cols><col min="1" max="{len(COLUMNS)}" width="{_WIDTH}"'
        f' style="{_TEXT}" customWidth="1"/></cols>'
        f"<sheetData>{''.join(_row(number, cells) for number, cells in rows)}</sheetData>"
        f'<dataValidations count="{len(_CHOICES)}">{checks}</dataValidations></worksheet>'
    )


def _row(number: int, cells: Sequence[str]) -> str:
    return f'<row r="{number}">{"".join(_cells(number, cells))}</row>'


def _cells(number: int, cells: Sequence[str]) -> Iterator[str]:
    style = _BOLD if number == 1 else _TEXT
    for column, text in enumerate(cells, start=1):
        place = f'r="{letters(column)}{number}" s="{style}"'
        inside = f"<is><t>{escape(text)}</t></is>"
        yield f'<c {place} t="inlineStr">{inside}</c>' if text else f"<c {place}/>"


def _check(name: str, values: Sequence[str]) -> str:
    """A list to choose from; another word may be typed, as the reader knows more of them."""
    column = letters(COLUMNS.index(name) + 1)
    choices = escape('"' + ",".join(values) + '"')
    return (
        f'<dataValidation type="list" allowBlank="1" showErrorMessage="0"'
        f" sqref={quoteattr(f'{column}2:{column}{_LAST_ROW}')}>"
        f"<formula1>{choices}</formula1></dataValidation>"
    )
