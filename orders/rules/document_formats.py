"""Where a PDF, a PNG and a JPEG begin and end, so that nothing else is in the file.

They walk over a file's outer structure, as its own specification draws it: ISO 32000 for
PDF, "PNG (Third Edition)" of the W3C, ITU-T T.81 for JPEG. What is inside of a picture
is for a decoder to say.
"""

import re
import struct
import zlib
from dataclasses import dataclass


class Broken(Exception):
    """The file is cut off or damaged."""


class SomethingElse(Exception):
    """There is more in the file than what it says it is."""


@dataclass(frozen=True, slots=True)
class Size:
    width: int  # pixels
    height: int


_MAX_PARTS = 20_000  # of a picture; each costs time, and one of 10 MB has a few thousand


# In every file ---------------------------------------------------------------------------

# Each of six bytes or more: in 10 MB of random bytes, as compressed data are, the chance to
# meet one of them is below 1 in 10,000.
_PAGE = re.compile(
    rb"<(?:!doctype\s|html[\s>]|body[\s>]|script[\s>]|iframe[\s>]|svg\s++xmlns|\?php\s)", re.I
)
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 22 + 0xFFFF  # where readers of ZIP look for it: the record and the longest comment


def check_nothing_else(content: bytes) -> None:
    """Raises SomethingElse when a browser may find a page in it, or an unpacker an archive."""
    if _PAGE.search(content) or _ZIP_END in content[-_ZIP_TAIL:]:
        raise SomethingElse


# PDF -------------------------------------------------------------------------------------

_PDF_BEGIN = re.compile(rb"%PDF-[12]\.\d[\s%]")
# possessive ("++"): what does not fit after a million blanks is not tried after each of them
_PDF_END = re.compile(rb"startxref\s++(\d{1,10})\s++%%EOF(.*)\Z", re.S)
_PDF_TABLE = re.compile(rb"\s*+(?:xref\s|\d++\s++\d++\s++obj\b)")
_BLANKS = b"\0\t\n\f\r "  # to PDF


def check_pdf(content: bytes) -> None:
    """Its last lines name the place of its table of objects, counted from the first byte."""
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
    """Chunk by chunk with its checksum, the header first, and nothing after the last one."""
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
    """The name of the chunk that begins there, and where the next one does."""
    if at + _CHUNK_FRAME > len(content):
        raise Broken
    length, name = struct.unpack_from(">I4s", content, at)
    end = at + _CHUNK_FRAME + length
    if end > len(content) or _checksum(content, end) != zlib.crc32(content[at + 4 : end - 4]):
        raise Broken
    return name, end


def _checksum(content: bytes, end: int) -> int:
    """That of the chunk which ends there."""
    return int.from_bytes(content[end - 4 : end])


# JPEG ------------------------------------------------------------------------------------

_MARKER = re.compile(rb"\xff++([^\x00])", re.S)
_AFTER_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.S)  # a scan has stuffing and restarts
_END, _SCAN = 0xD9, 0xDA
_MAX_SCANS = 20  # each draws the whole picture once more; a progressive JPEG has about ten
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # they say how large the picture is


def check_jpeg(content: bytes) -> Size:
    """Marker by marker up to the end, which is the last byte. Its largest frame counts."""
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
        # behind a scan's head come its data, of any length; all else follows right here
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
