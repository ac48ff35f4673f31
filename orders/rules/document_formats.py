"""Checks the beginning and the end of PDF, PNG and JPEG, so that a file holds nothing else.

The checks walk over a file's outer structure by its own specification: ISO 32000 for PDF, "PNG
(Third Edition)" of the W3C, ITU-T T.81 for JPEG. A decoder checks the inside of a picture.
"""

import re
import struct
import zlib
from dataclasses import dataclass


class Broken(Exception):
    """The file is cut off or damaged."""


class SomethingElse(Exception):
    """The file holds more than a document of its kind."""


@dataclass(frozen=True, slots=True)
class Size:
    width: int  # pixels
    height: int


_MAX_PARTS = 20_000  # of a picture; each costs time, and one of 10 MB has a few thousand


# In every file ---------------------------------------------------------------------------

# Each has six bytes or more: in 10 MB of random bytes, as compressed data are, the chance to meet
# one of them is below 1 in 10,000.
_PAGE = re.compile(
    rb"<(?:!doctype\s|html[\s>]|body[\s>]|script[\s>]|iframe[\s>]|svg\s++xmlns|\?php\s)", re.I
)
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 22 + 0xFFFF  # where readers of ZIP look for its end: the record and the longest comment


# A comment with bold or colored words, as programs of reviewers write it (ISO 32000, 12.7.3.4): a
# text of the PDF that begins with a body of XHTML. It may have none of the attributes that run.
_COMMENT = re.compile(rb"/R[CV]\s*+\(\s*+(?:<\?xml[^<>]*+>\s*+)?\Z")
_BEFORE = 200  # bytes of it before its body
_BODY = re.compile(
    rb"<body(?:\s++(?:xmlns(?::xfa)?|xfa:\w++|style|dir|(?:xml:)?lang)"
    rb"=(?:\"[^\"<>]*+\"|'[^'<>]*+'))++\s*+>"
)


def check_nothing_else(content: bytes, *, has_comments: bool) -> None:
    """Raises SomethingElse if a browser may find a page in it, or an unpacker an archive.

    `has_comments` says that the format has comments which look like the beginning of a page.
    """
    if _ZIP_END in content[-_ZIP_TAIL:]:
        raise SomethingElse
    for page in _PAGE.finditer(content):
        if not (has_comments and _is_comment(content, page.start())):
            raise SomethingElse


def _is_comment(content: bytes, at: int) -> bool:
    before = content[max(0, at - _BEFORE) : at]
    return bool(_COMMENT.search(before) and _BODY.match(content, at))


# PDF -------------------------------------------------------------------------------------

_PDF_BEGIN = re.compile(rb"%PDF-[12]\.\d[\s%]")
# possessive ("++"): after a mismatch a million blanks are not tried again one by one
_PDF_END = re.compile(rb"startxref\s++(\d{1,10})\s++%%EOF(.*)\Z", re.S)
_PDF_TABLE = re.compile(rb"\s*+(?:xref\s|\d++\s++\d++\s++obj\b)")
_BLANKS = b"\0\t\n\f\r "  # of PDF


def check_pdf(content: bytes) -> None:
    """Its last lines give the position of its table of objects, counted from the first byte."""
    if not _PDF_BEGIN.match(content):
        raise Broken
    end = _PDF_END.match(content, max(0, content.rfind(b"startxref")))
    if end is None:
        raise Broken
    if end[2].strip(_BLANKS):
        raise SomethingElse
    if not _PDF_TABLE.match(content, int(end[1])):
        raise Broken


# PNG -------------------------------------------------------------------------------------

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_FRAME = 12  # bytes: length and type before the data, the checksum after it


def check_png(content: bytes) -> Size:
    """Reads chunks with checksums, the header first, and allows nothing after the last one."""
    if content[12:16] != b"IHDR" or len(content) < 33:
        raise Broken
    at = len(PNG_SIGNATURE)
    for _ in range(_MAX_PARTS):
        name, at = _chunk(content, at)
        if name == b"IEND":
            break
    else:
        raise Broken
    if at != len(content):
        raise SomethingElse
    return Size(*struct.unpack_from(">II", content, 16))


def _chunk(content: bytes, at: int) -> tuple[bytes, int]:
    """The name of the chunk that begins there, and the position of the next one."""
    if at + _CHUNK_FRAME > len(content):
        raise Broken
    length, name = struct.unpack_from(">I4s", content, at)
    end = at + _CHUNK_FRAME + length
    if end > len(content) or _checksum(content, end) != zlib.crc32(content[at + 4 : end - 4]):
        raise Broken
    return name, end


def _checksum(content: bytes, end: int) -> int:
    """The checksum of the chunk that ends there."""
    return int.from_bytes(content[end - 4 : end])


# JPEG ------------------------------------------------------------------------------------

_MARKER = re.compile(rb"\xff++([^\x00])", re.S)
_AFTER_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.S)  # a scan has stuffing and restarts
_END, _SCAN = 0xD9, 0xDA
_MAX_SCANS = 20  # each scan draws the whole picture again; a progressive JPEG has about ten
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # they give the size of the picture


def check_jpeg(content: bytes) -> Size:
    """Reads it marker by marker up to the end, the last byte. Its largest frame counts."""
    at, scans, sizes = 2, 0, []
    found = _MARKER.match(content, at)
    for _ in range(_MAX_PARTS):
        if found is None or found[1][0] == _END:
            break
        at, marker = found.end(), found[1][0]
        scans += marker == _SCAN
        if marker in _FRAMES:
            sizes.append(_frame_size(content, at))
        if marker not in _WITHOUT_LENGTH:
            at += max(2, int.from_bytes(content[at : at + 2]))
        # a scan's data of any length follow its head; other parts follow each other directly
        found = (_AFTER_SCAN.search if marker == _SCAN else _MARKER.match)(content, at)
    if found is None or found[1][0] != _END or not sizes or scans > _MAX_SCANS:
        raise Broken
    if found.end() != len(content):
        raise SomethingElse
    return max(sizes, key=lambda size: size.width * size.height)


def _frame_size(content: bytes, at: int) -> Size:
    if at + 7 > len(content):
        raise Broken
    height, width = struct.unpack_from(">HH", content, at + 3)
    return Size(width, height)
