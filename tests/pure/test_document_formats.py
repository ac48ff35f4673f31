"""Where a picture begins and ends, before any decoder sees it; which size it says it has."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from orders.rules.document_formats import Broken, Size, check_jpeg, check_png
from orders.rules.documents import (
    MAX_PIXELS,
    DocumentEmpty,
    DocumentKind,
    DocumentRefused,
    check_document,
    clean_name,
)
from tests import files

png, jpeg = files.saved("PNG"), files.saved("JPEG")
# It says that it is one byte less than nothing long, and then its checksum is right.
ABSURD = b"\xff\xff\xff\xff" + b"abc" + zlib.crc32(b"abc").to_bytes(4)
BROKEN_PNG = {
    "no-header-first": png[:8] + files.chunk(b"tEXt", b"Comment\0scanned by hand") + png[8:],
    "a-wrong-checksum": png[:-17] + b"\0" + png[-16:],
    "a-part-of-a-negative-length": png[:33] + ABSURD + png[33:],
    "no-part-behind-the-header": png[:33],
}


@pytest.mark.parametrize("content", BROKEN_PNG.values(), ids=BROKEN_PNG.keys())
def test_a_png_is_walked_over_part_by_part(content: bytes) -> None:
    with pytest.raises(Broken):
        check_png(content)


@pytest.mark.parametrize("size", [(64, 48), (2**32 - 1, 1), (1, 2**31)])
def test_a_png_is_as_large_as_its_header_says(size: tuple[int, int]) -> None:
    assert check_png(files.png_of(*size)) == Size(*size)


def jpeg_of(*sizes: tuple[int, int]) -> bytes:
    """A JPEG of frames that are so wide and high, and one scan of nothing."""
    frames = b"".join(
        b"\xff\xc0\0\x0b\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\1\1\x11\0"
        for width, height in sizes
    )
    return b"\xff\xd8" + frames + b"\xff\xda\0\2" + b"\x12\x34" + b"\xff\xd9"


def test_the_largest_frame_of_a_jpeg_counts() -> None:
    assert check_jpeg(jpeg_of((100, 1), (10, 50), (9, 9))) == Size(10, 50)
    assert check_jpeg(jpeg_of((40_000, 50_000))) == Size(40_000, 50_000)


def test_a_segment_of_a_jpeg_may_be_empty() -> None:
    assert check_jpeg(files.jpeg_with(0xFE, b"")) == Size(64, 48)


def test_nothing_stands_between_the_segments_of_a_jpeg() -> None:
    comment = files.jpeg_with(0xFE, b"by hand")
    behind = comment.index(b"by hand") + len(b"by hand")
    with pytest.raises(Broken):
        check_jpeg(comment[:behind] + b"junk" + comment[behind:])


def test_a_picture_may_have_as_many_pixels_as_the_most() -> None:
    file = io.BytesIO()
    Image.new("1", (5000, MAX_PIXELS // 5000)).save(file, "PNG")
    assert check_document("scan.png", file.getvalue()).kind is DocumentKind.PNG


def test_a_document_has_a_clean_name() -> None:
    assert check_document("../Order 7.PDF", files.pdf()).name == "Order 7.pdf"


def test_a_refusal_names_its_problem_in_a_log() -> None:
    assert repr(DocumentRefused(DocumentEmpty())) == "DocumentRefused(DocumentEmpty())"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("XX order XX", "XX order XX.pdf"),
        ("XX.pdf", "XX.pdf"),
        ("order..pdf", "order.pdf"),
        ("order. .pdf", "order.pdf"),
        ("x" * 95 + ".yz", "x" * 95 + ".pdf"),
        ("X" * 96 + "yz", "X" * 96 + ".pdf"),
    ],
)
def test_dots_and_blanks_go_from_both_ends_of_a_name_and_nothing_else(
    name: str, cleaned: str
) -> None:
    assert clean_name(name, DocumentKind.PDF) == cleaned
