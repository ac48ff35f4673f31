"""Files of orders that are small and ask for much; made when they are asked for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from orders.bulk.file.columns import NEEDED
from tests.xlsx import MAIN, Raw, Workbook

ROW = ["PO-1", "new", "Pier 9", "", "ISS-Expert", "4", "add"]
MEGABYTE = 1024 * 1024
SHEET, STYLES, TEXTS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
BOOK = Workbook([NEEDED, ROW])
Made = Callable[[], bytes]


def part(
    inside: bytes | Made,
    times: int = 1,
    *,
    name: str = SHEET,
    begin: bytes = b"<x>",
    end: bytes = b"</x>",
    method: int = zipfile.ZIP_DEFLATED,
) -> Made:
    """A workbook one of whose parts is that; the others are good."""

    def make() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in BOOK.parts().items():
                if path != name:
                    archive.writestr(path, text)
            repeated = inside() if callable(inside) else inside
            one = zipfile.ZipInfo(name)
            one.compress_type = method
            with archive.open(one, "w") as written:
                written.write(begin)
                for _ in range(times):
                    written.write(repeated)
                written.write(end)
        return file.getvalue()

    return make


def numbered(pattern: bytes, count: int) -> Made:
    return lambda: b"".join(pattern % number for number in range(count))


def cells_of_one_text(rows: int) -> bytes:
    """Each cell points to the same four thousand characters."""
    book = Workbook([NEEDED, *[[Raw("<v>7</v>", 't="s"')] * 7] * rows])
    texts = "".join(f"<si><t>{text}</t></si>" for text in [*NEEDED, "x" * 4_000])
    return book.bytes(**{TEXTS: f'<sst xmlns="{MAIN}">{texts}</sst>'})


def directory_told_twice() -> bytes:
    """The short record says that there are no parts, the long one that there are thousands."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(66_000):
            archive.writestr(str(number), "")
    content = bytearray(file.getvalue())
    content[-22 + 12 : -22 + 16] = bytes(4)
    return bytes(content)


WORKBOOKS: Mapping[str, Made] = {
    "comment": part(b"x" * MEGABYTE, 15, begin=b"<x><!--", end=b"--></x>"),
    "comment-in-the-texts": part(
        b"x" * MEGABYTE, 15, name=TEXTS, begin=b"<x><!--", end=b"--></x>"
    ),
    "comment-in-the-book": part(
        b"x" * MEGABYTE, 15, name="xl/workbook.xml", begin=b"<x><!--", end=b"--></x>"
    ),
    "comments": part(b"<!--" + b"x" * 60_000 + b"-->", 500),
    "instruction": part(b"x" * MEGABYTE, 15, begin=b"<x><?a ", end=b"?></x>"),
    "value-of-an-attribute": part(b"x" * MEGABYTE, 15, begin=b'<x a="', end=b'"/>'),
    "name-of-an-element": part(b"x" * MEGABYTE, 15, begin=b"<", end=b"/>"),
    "end-of-an-element": part(b" " * MEGABYTE, 15, begin=b"<x></x", end=b">"),
    "attributes": part(numbered(b' a%d=""', 100_000), begin=b"<x", end=b"/>"),
    "elements-with-attributes": part(b"<a" + numbered(b' a%d=""', 101)() + b"/>", 1_000),
    "namespaces": part(numbered(b' xmlns:a%d="u"', 100_000), begin=b"<x", end=b"/>"),
    "elements-with-namespaces": part(b"<a" + numbered(b' xmlns:a%d="u"', 101)() + b"/>", 1_000),
    "names-of-elements": part(numbered(b"<a%d/>", 400_000)),
    "names-of-attributes": part(numbered(b'<a a%d=""/>', 400_000)),
    "elements": part(b"<row/>" * 1_000, 400),
    "cells": part(b"<row>" + b"<c><v/></c>" * 1_000 + b"</row>", 400),
    "in-each-other": part(b"<a>" * 500_000, end=b"</a>" * 500_000 + b"</x>"),
    "one-long-value": part(
        b"x" * MEGABYTE, 15, begin=b'<x><row><c t="str"><v>', end=b"</v></c></row></x>"
    ),
    "escapes": part(b"&lt;" * 100_000, 30),
    "section": part(
        b"x" * MEGABYTE, 15, begin=b"<x><row><c><v><![CDATA[", end=b"]]></v></c></row></x>"
    ),
    "relations": part(
        b'<Relationship Id="a" Type="b" Target="c"/>' * 1_000, 400,
        name="xl/_rels/workbook.xml.rels",
    ),
    "formats": part(
        b'<numFmt numFmtId="1" formatCode="' + b"[" * 60_000 + b'"/>', 300, name=STYLES
    ),
    "cells-of-one-text": lambda: cells_of_one_text(5_000),
    "bzip2": part(b"x" * MEGABYTE, 200, method=zipfile.ZIP_BZIP2),
    "lzma": part(b"x" * MEGABYTE, 20, method=zipfile.ZIP_LZMA),
    "no-text-encoding": part(b"", begin=b'<?xml version="1.0" encoding="zlib"?><x>'),
    "undefined-encoding": part(b"", begin=b'<?xml version="1.0" encoding="undefined"?><x>'),
    "unknown-encoding": part(b"", begin=b'<?xml version="1.0" encoding="none-such"?><x>'),
    "entities": part(b"", begin=b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>'),
    "a-row-far-below": part(b'<row r="99999999999"><c t="str"><v>x</v></c></row>'),
    "a-row-above-the-first": part(b'<row r="-5"><c t="str"><v>x</v></c></row>'),
    "a-row-twice": part(b'<row r="2"><c t="str"><v>x</v></c></row>', 2),
    "directory-told-twice": directory_told_twice,
}  # fmt: skip

HEAD = (",".join(NEEDED) + "\n").encode()
CSV: Mapping[str, Made] = {
    "blank-lines": lambda: HEAD + b"\n" * 4_900_000,
    "blank-lines-of-a-small-file": lambda: HEAD + b"\n" * 190_000,
    "quoted-nothing-in-a-small-file": lambda: HEAD + b'""\n' * 190_000,
    "blank-cells": lambda: HEAD + (b"," * 250_000 + b"\n") * 19,
    "quoted-nothing": lambda: HEAD + b'""\n' * 1_600_000,
    "one-quoted-text": lambda: HEAD + b'"' + b"x" * 4_900_000,
    "one-quoted-text-of-lines": lambda: HEAD + b'"' + b"\n" * 4_900_000,
    "one-quoted-text-of-quotes": lambda: HEAD + b'"' + b'""' * 2_400_000,
    "many-columns": lambda: HEAD + b"a," * 2_400_000,
    "many-rows": lambda: HEAD + b"a\n" * 2_400_000,
    "one-line": lambda: b"a" * 4_900_000,
    "delimiters": lambda: b",;\t" * 1_600_000,
}
