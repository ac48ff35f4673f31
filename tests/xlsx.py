"""Workbooks as spreadsheet programs write them, cell by cell, and what somebody makes of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from orders.bulk.file.table import letters

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
A_DATE = 1  # the style of a cell that shows a date


@dataclass(frozen=True)
class Raw:
    """A cell as XML, but for its place."""

    inside: str
    attributes: str = ""


@dataclass
class Workbook:
    rows: Sequence[Sequence[object]]
    merged: Sequence[str] = ()
    states: Sequence[str] = ("visible",)  # of its sheets; all have the same rows
    from_1904: bool = False
    shared: list[str] = field(default_factory=list)

    def parts(self) -> Mapping[str, str]:
        sheet = self._sheet()
        sheets = range(1, len(self.states) + 1)
        return {
            "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": self._book(),
            "xl/_rels/workbook.xml.rels": _relations(
                [
                    *(("worksheet", f"worksheets/sheet{n}.xml") for n in sheets),
                    ("sharedStrings", "sharedStrings.xml"),
                    ("styles", "styles.xml"),
                ]
            ),
            "xl/styles.xml": (
                f'<styleSheet xmlns="{MAIN}"><numFmts count="1">'
                '<numFmt numFmtId="164" formatCode="m/d/yyyy"/></numFmts>'
                '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="2">'
                '<xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
            ),
            "xl/sharedStrings.xml": (
                f'<sst xmlns="{MAIN}">'
                + "".join(f"<si><t>{escape(text)}</t></si>" for text in self.shared)
                + "</sst>"
            ),
            **{f"xl/worksheets/sheet{n}.xml": sheet for n in sheets},
        }

    def bytes(self, **changed: str) -> bytes:
        """`changed` parts by name; an empty one is left out."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in {**self.parts(), **changed}.items():
                if text:
                    archive.writestr(name, text)
        return file.getvalue()

    def _book(self) -> str:
        sheets = "".join(
            f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
            for n, state in enumerate(self.states, start=1)
        )
        return (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
            f'<workbookPr date1904="{int(self.from_1904)}"/><sheets>{sheets}</sheets></workbook>'
        )

    def _sheet(self) -> str:
        rows = "".join(
            f'<row r="{number}">{self._cells(number, row)}</row>'
            for number, row in enumerate(self.rows, start=1)
        )
        merged = "".join(f'<mergeCell ref="{cells}"/>' for cells in self.merged)
        merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
        return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>'

    def _cells(self, number: int, row: Sequence[object]) -> str:
        return "".join(
            self._cell(f"{letters(column)}{number}", value)
            for column, value in enumerate(row, start=1)
            if value != ""
        )

    def _cell(self, place: str, value: object) -> str:
        if isinstance(value, Raw):
            return f'<c r="{place}" {value.attributes}>{value.inside}</c>'
        if isinstance(value, int | float):
            return f'<c r="{place}"><v>{value}</v></c>'
        self.shared.append(str(value))
        return f'<c r="{place}" t="s"><v>{len(self.shared) - 1}</v></c>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    return Workbook(rows).bytes()
