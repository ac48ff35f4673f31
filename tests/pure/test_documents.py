"""Which files are taken for a purchase order, under which name, and what is said of the others."""

from __future__ import annotations

import time
import unicodedata
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.documents import (
    MAX_BYTES,
    MAX_NAME,
    DocumentBroken,
    DocumentEmpty,
    DocumentHidesSomething,
    DocumentKind,
    DocumentOfAnotherKind,
    DocumentRefused,
    DocumentTooLarge,
    PictureTooLarge,
    Problem,
    check_document,
    clean_name,
)
from tests import files

PDF, PNG, JPEG = DocumentKind.PDF, DocumentKind.PNG, DocumentKind.JPEG

GOOD = {
    "pdf": (PDF, files.pdf()),
    "pdf-of-a-scanner": (PDF, files.saved("PDF")),
    "pdf-with-a-packed-table": (PDF, files.pdf_with_a_packed_table()),
    "pdf-that-was-signed": (PDF, files.pdf_changed_since(files.pdf())),
    "pdf-with-blanks-at-the-end": (PDF, files.pdf() + b"\r\n \0\0"),
    "pdf-as-large-as-may-be": (PDF, files.padded(MAX_BYTES)),
    "png": (PNG, files.saved("PNG")),
    "png-black-and-white": (PNG, files.saved("PNG", "1")),
    "png-see-through": (PNG, files.saved("PNG", "RGBA")),
    "png-with-a-comment": (PNG, files.png_with(files.chunk(b"tEXt", b"Comment\0scanned by hand"))),
    "jpeg": (JPEG, files.saved("JPEG")),
    "jpeg-gray": (JPEG, files.saved("JPEG", "L")),
    "jpeg-for-print": (JPEG, files.saved("JPEG", "CMYK")),
    "jpeg-progressive": (JPEG, files.saved("JPEG", progressive=True)),
    "jpeg-with-restarts": (JPEG, files.saved("JPEG", restart_marker_blocks=1)),
    "jpeg-drawn-again": (JPEG, files.jpeg_drawn(10)),
    "jpeg-with-a-comment": (JPEG, files.jpeg_with(0xFE, b"scanned by hand")),
}

COMMENT = (
    b'/RC(<?xml version="1.0"?><body xmlns="http://www.w3.org/1999/xhtml" '
    b'xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/" xfa:APIVersion="Acrobat:23.8.0" '
    b'style=\'color:#FF0000\' dir="ltr" lang="en"><p>APPROVED</p></body>)'
)
COMMENTS = {
    "by-acrobat": COMMENT,
    "without-its-xml-line": COMMENT.replace(b'<?xml version="1.0"?>', b""),
    "with-blanks": COMMENT.replace(b"/RC(", b"/RC ( ").replace(b"?><body", b"?> <body"),
    "of-a-field": COMMENT.replace(b"/RC", b"/RV"),
    "two": COMMENT + b" " + COMMENT,
}


@pytest.mark.parametrize("name", COMMENTS)
def test_a_pdf_with_comments_of_reviewers_is_taken(name: str) -> None:
    assert check_document("po.pdf", files.pdf(COMMENTS[name])).kind is PDF


def test_a_pdf_that_was_approved_by_a_comment_is_taken() -> None:
    approved = (Path(__file__).parent.parent / "data/approved_with_a_comment.pdf").read_bytes()
    assert check_document("approved.pdf", approved).kind is PDF


NO_COMMENTS = {
    "that-runs": COMMENT.replace(b"dir=", b"onload="),
    "that-runs-first": COMMENT.replace(b"<body ", b"<body onload=alert\\(1\\) "),
    "with-a-script": COMMENT.replace(b"<p>", b"<script>alert\\(1\\)</script><p>"),
    "with-a-page": COMMENT.replace(b"<p>", b"<html><p>"),
    "with-a-second-body": COMMENT.replace(b"<p>", b"<body><p>"),
    "without-attributes": b"/RC(<body>APPROVED</body>)",
    "not-closed": COMMENT.replace(b">", b""),
    "of-another-kind": COMMENT.replace(b"/RC", b"/RX"),
    "that-is-no-text": COMMENT.replace(b"/RC(", b"/RC<"),
    "behind-something-else": COMMENT.replace(b"/RC(", b"/RC(x"),
    "far-behind": COMMENT.replace(b"/RC(", b"/RC(" + b" " * 200),
    "with-another-thing-before": COMMENT.replace(b"<?xml", b"<!--x"),
}


@pytest.mark.parametrize("name", NO_COMMENTS)
def test_what_only_resembles_a_comment_is_refused(name: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        check_document("po.pdf", files.pdf(NO_COMMENTS[name]))
    assert refused.value.problem == DocumentHidesSomething(PDF)


def test_only_a_pdf_has_such_comments() -> None:
    with pytest.raises(DocumentRefused) as refused:
        check_document("po.png", files.png_with(files.chunk(b"tEXt", b"Comment\0" + COMMENT)))
    assert refused.value.problem == DocumentHidesSomething(PNG)


pdf, png, jpeg, zipped = files.pdf(), files.saved("PNG"), files.saved("JPEG"), files.archive()
page = files.PAGE
OTHER, EMPTY, LARGE = DocumentOfAnotherKind(), DocumentEmpty(), DocumentTooLarge()
HIDES = {kind: DocumentHidesSomething(kind) for kind in DocumentKind}
BROKEN = {kind: DocumentBroken(kind) for kind in DocumentKind}
BAD: dict[str, tuple[bytes, Problem]] = {
    # Other kinds
    "nothing": (b"", EMPTY),
    "one-byte": (b"%", OTHER),
    "page": (page, OTHER),
    "page-with-a-mark-first": (b"\xef\xbb\xbf" + page, OTHER),
    "page-before-a-pdf": (page + pdf, OTHER),
    "page-before-a-png": (page + png, OTHER),
    "blank-before-a-pdf": (b"\n" + pdf, OTHER),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', OTHER),
    "gif": (files.saved("GIF"), OTHER),
    "tiff": (files.saved("TIFF"), OTHER),
    "bmp": (files.saved("BMP"), OTHER),
    "webp": (files.saved("WEBP"), OTHER),
    "zip": (zipped, OTHER),
    "zip-before-a-pdf": (zipped + pdf, OTHER),
    "office-file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), OTHER),
    "program": (b"MZ" + bytes(512), OTHER),
    "postscript": (b"%!PS-Adobe-3.0\n", OTHER),
    # Too large
    "one-byte-too-many": (files.padded(MAX_BYTES + 1), LARGE),
    "as-many-pixels-as-can-be": (files.png_of(2**31 - 1, 2**31 - 1), PictureTooLarge()),
    "a-bit-too-many-pixels": (files.png_of(5000, 5001), PictureTooLarge()),
    # Cut off or damaged
    "pdf-in-name-only": (b"%PDF-1.7\n", BROKEN[PDF]),
    "pdf-of-no-version": (pdf.replace(b"%PDF-1.7", b"%PDF-xyz"), BROKEN[PDF]),
    "pdf-cut-off": (pdf[: len(pdf) // 2], BROKEN[PDF]),
    "pdf-without-its-last-line": (pdf[: pdf.rindex(b"%%EOF")], BROKEN[PDF]),
    "pdf-whose-table-is-elsewhere": (pdf.replace(b"startxref\n", b"startxref\n9"), BROKEN[PDF]),
    "png-in-name-only": (png[:8], BROKEN[PNG]),
    "png-cut-off": (png[:-20], BROKEN[PNG]),
    "png-without-its-last-part": (png[:-12], BROKEN[PNG]),
    "png-with-a-wrong-checksum": (png[:-17] + b"\0" + png[-16:], BROKEN[PNG]),
    "png-without-a-picture": (files.png_of(64, 48), BROKEN[PNG]),
    "png-with-an-endless-part": (png[:33] + b"\xff\xff\xff\xff" + png[37:], BROKEN[PNG]),
    "jpeg-in-name-only": (jpeg[:4], BROKEN[JPEG]),
    "jpeg-cut-off": (jpeg[: len(jpeg) // 2], BROKEN[JPEG]),
    "jpeg-without-its-last-marker": (jpeg[:-2], BROKEN[JPEG]),
    "jpeg-without-a-picture": (b"\xff\xd8\xff\xd9", BROKEN[JPEG]),
    "jpeg-drawn-too-often": (files.jpeg_drawn(11), BROKEN[JPEG]),
    "jpeg-drawn-a-hundred-times": (files.jpeg_drawn(100), BROKEN[JPEG]),
    "jpeg-with-damaged-tables": (jpeg.replace(b"\xff\xdb", b"\xff\xee"), BROKEN[JPEG]),
    # Two things at once
    "pdf-and-a-page": (pdf + page, HIDES[PDF]),
    "pdf-and-a-page-and-its-end-again": (
        pdf + page + pdf[pdf.rindex(b"startxref") :],
        HIDES[PDF],
    ),
    "pdf-with-a-page-in-its-head": (pdf.replace(b"\xe2\xe3", page), HIDES[PDF]),
    "pdf-with-a-page-inside": (files.pdf(page.replace(b"(", b"\\(")), HIDES[PDF]),
    "pdf-with-php": (files.pdf(b"<?php system($_GET[0]); ?>"), HIDES[PDF]),
    "pdf-and-zip": (pdf + zipped, HIDES[PDF]),
    "pdf-with-a-zip-inside": (files.pdf(zipped), HIDES[PDF]),
    "pdf-and-zip-and-its-end-again": (
        pdf + zipped + pdf[pdf.rindex(b"startxref") :],
        HIDES[PDF],
    ),
    "pdf-and-a-program": (pdf + b"MZ\x90", HIDES[PDF]),
    "png-and-a-page": (png + page, HIDES[PNG]),
    "png-with-a-page-as-its-comment": (
        files.png_with(files.chunk(b"tEXt", b"Comment\0" + page)),
        HIDES[PNG],
    ),
    "png-with-a-drawing-as-its-comment": (
        files.png_with(files.chunk(b"iTXt", b"<SVG\nxmlns='http://www.w3.org/2000/svg'>")),
        HIDES[PNG],
    ),
    "png-and-zip": (png + zipped, HIDES[PNG]),
    "png-with-a-zip-inside": (files.png_with(files.chunk(b"ziPp", zipped)), HIDES[PNG]),
    "png-and-a-second-one": (png + png, HIDES[PNG]),
    "png-and-one-byte": (png + b"\0", HIDES[PNG]),
    "jpeg-and-a-page": (jpeg + page, HIDES[JPEG]),
    "jpeg-with-a-page-as-its-comment": (files.jpeg_with(0xFE, page), HIDES[JPEG]),
    "jpeg-with-a-script-in-its-facts": (
        files.jpeg_with(0xE1, b"Exif\0\0<ScRiPt>alert(1)"),
        HIDES[JPEG],
    ),
    "jpeg-and-zip": (jpeg + zipped, HIDES[JPEG]),
    "jpeg-and-a-second-one": (jpeg + jpeg, HIDES[JPEG]),
    "jpeg-and-one-byte": (jpeg + b"\0", HIDES[JPEG]),
}


@pytest.mark.parametrize("what", GOOD)
def test_each_kind_is_taken_byte_for_byte(what: str) -> None:
    kind, content = GOOD[what]
    document = check_document("Order 4711.pdf", content)
    assert (document.kind, document.content) == (kind, content)


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("name", ["order.pdf", "order.png"])
def test_everything_else_is_refused_whatever_its_name(what: str, name: str) -> None:
    content, problem = BAD[what]
    with pytest.raises(DocumentRefused) as refusal:
        check_document(name, content)
    assert refusal.value.problem == problem


def test_the_bad_ones_are_what_they_pretend_to_be() -> None:
    """Else they would be refused for nothing."""
    for what in ("pdf-and-zip", "pdf-with-a-zip-inside", "png-with-a-zip-inside", "jpeg-and-zip"):
        assert zipfile.ZipFile(BytesIO(BAD[what][0])).namelist() == ["run.js"]


@pytest.mark.parametrize("what", ["pdf", "png", "jpeg", "jpeg-progressive"])
def test_what_is_cut_off_anywhere_is_refused(what: str) -> None:
    _, content = GOOD[what]
    whole = content.rstrip()
    for length in range(1, len(whole)):
        with pytest.raises(DocumentRefused):
            check_document("order", whole[:length])


@given(st.sampled_from([what for what in GOOD if len(GOOD[what][1]) < MAX_BYTES]), st.data())
def test_damage_is_refused_or_harmless(what: str, data: st.DataObject) -> None:
    """Never an error of ours, whatever the bytes."""
    kind, content = GOOD[what]
    at = data.draw(st.integers(0, len(content) - 1))
    piece = data.draw(st.binary(max_size=12))
    changed = content[:at] + piece + content[at + len(piece) :]
    with suppress(DocumentRefused):
        assert check_document("order", changed).kind == kind


HARD = {
    "pdf-of-blanks": b"%PDF-1.7\n" + b" " * (MAX_BYTES - 100) + b"startxref\n9\n%%EOF",
    "pdf-of-digits": b"%PDF-1.7\n" + b"1" * (MAX_BYTES - 100) + b"\nstartxref\n9\n%%EOF",
    "pdf-of-ends": b"%PDF-1.7\n" + b"startxref " * (MAX_BYTES // 10 - 10),
    "pdf-of-beginnings-of-pages": b"%PDF-1.7\n" + b"<svg    " * (MAX_BYTES // 8 - 10),
    "png-of-parts": files.png_with(files.chunk(b"teSt", b"") * (MAX_BYTES // 12 - 200)),
    "jpeg-of-fill": b"\xff\xd8" + b"\xff" * (MAX_BYTES - 100),
    "jpeg-of-scans": b"\xff\xd8" + b"\xff\xda\0\2" * (MAX_BYTES // 4 - 100),
    "jpeg-scan-of-fill": b"\xff\xd8\xff\xda\0\2" + b"\xff" * (MAX_BYTES - 100) + b"\0",
}


@pytest.mark.parametrize("what", HARD)
def test_no_file_keeps_the_server_busy(what: str) -> None:
    """Ten million bytes chosen to be hard; what grew with their square would take hours."""
    assert len(HARD[what]) <= MAX_BYTES
    began = time.process_time()
    with suppress(DocumentRefused):
        check_document("order", HARD[what])
    assert time.process_time() - began < 5


# Names ----------------------------------------------------------------------------------

NAMES = {
    "PO 4711.pdf": "PO 4711.pdf",
    "Bestellung Größe 3.PDF": "Bestellung Größe 3.pdf",
    "注文書.pdf": "注文書.pdf",
    "../../etc/passwd": "passwd.pdf",
    "..\\..\\boot.ini": "boot.ini.pdf",
    "C:\\orders\\po.pdf": "po.pdf",
    "/": "purchase-order.pdf",
    "..": "purchase-order.pdf",
    "": "purchase-order.pdf",
    ".htaccess": "htaccess.pdf",
    "order.html": "order.html.pdf",
    "order.pdf.exe": "order.pdf.exe.pdf",
    "order.pdf\0.html": "order.pdf.html.pdf",
    "order\r\nSet-Cookie: x=1.pdf": "orderSet-Cookie- x=1.pdf",
    'a"; filename="b.html.pdf': "a-; filename=-b.html.pdf",
    "a'b.pdf": "a'b.pdf",
    "order\u202efdp.exe": "orderfdp.exe.pdf",
    "\u2066order\u2069.pdf": "order.pdf",
    "two\u2028lines.pdf": "two lines.pdf",
    "half \ud800.pdf": "half.pdf",
    "  spaced    out . pdf ": "spaced out . pdf.pdf",
    "x" * 1000 + ".pdf": "x" * 96 + ".pdf",
    "o\u0308" * 1000: "ö" * 96 + ".pdf",
    "<script>.pdf": "-script-.pdf",
    ".pdf": "pdf.pdf",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_are_cleaned(name: str) -> None:
    assert clean_name(name, PDF) == NAMES[name]


@pytest.mark.parametrize(
    ("name", "kind", "cleaned"),
    [
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("photo.JPG", JPEG, "photo.jpg"),
        ("photo.jpg", PNG, "photo.jpg.png"),
        ("photo", JPEG, "photo.jpg"),
    ],
)
def test_a_name_ends_like_its_kind(name: str, kind: DocumentKind, cleaned: str) -> None:
    assert clean_name(name, kind) == cleaned


@given(st.text(), st.sampled_from(DocumentKind))
def test_every_name_becomes_a_short_plain_one(name: str, kind: DocumentKind) -> None:
    cleaned = clean_name(name, kind)
    assert 5 <= len(cleaned) <= MAX_NAME
    assert not set(cleaned) & set('/\\":*?<>|')
    assert all(unicodedata.category(each)[0] != "C" for each in cleaned)
    assert not cleaned.startswith((".", " "))
    assert clean_name(cleaned, kind) == cleaned
