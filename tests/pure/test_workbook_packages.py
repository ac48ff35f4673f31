"""The archive of a workbook: its limits to the byte, and archives that lie about their size."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from orders.bulk.file import xlsx_parts
from orders.bulk.file.columns import NEEDED, read_rows
from orders.bulk.file.table import Fault, FileRefused
from orders.bulk.file.xlsx_parts import (
    CHUNK,
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_DIRECTORY,
    MAX_FOUND,
    MAX_NAMES,
    MAX_TOKEN,
    PIECE,
    Package,
    Reads,
)
from tests.xlsx import Workbook

ROW = ["PO-1", "new", "Pier 9", "", "ISS-Expert", "4", "add"]
END, END_SIZE = b"PK\5\6", 22


def archive(text: str, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """An archive of one part, a.xml."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        packed.writestr("a.xml", text)
    return file


def ignore(_tag: str, _attributes: Mapping[str, str]) -> None:
    pass


def parsed(text: str) -> Reads:
    """The work of reading a part with that text."""
    package = Package(archive(text))
    for _piece in package.parse("a.xml", ignore):
        pass
    return package.reads


@contextmanager
def refused(fault: Fault) -> Iterator[None]:
    with pytest.raises(FileRefused) as refusal:
        yield
    assert refusal.value.problem.fault is fault


def read(content: bytes) -> int:
    """How many rows of orders there are. Raises FileRefused."""
    return len(list(read_rows(io.BytesIO(content))))


# What a file may cost -----------------------------------------------------------------------------

LONG = "<xx>" + "<y/>" * 4_995 + "</xx>"  # three pieces, of which none ends in an element
COST = SimpleNamespace(unpacked=len(LONG), elements=4_996)


def test_the_work_of_a_part_is_counted() -> None:
    assert parsed(LONG) == Reads(
        unpacked=COST.unpacked, elements=COST.elements, scanned=COST.unpacked, longest_token=0
    )


def test_what_is_read_again_is_counted() -> None:
    """A comment over three pieces: a reader begins it anew with each of them."""
    before, comment = "<x>" + "y" * 97, f"<!--{'x' * 2 * PIECE}-->"
    waits = PIECE - len(before)
    text = f"{before}{comment}</x>"
    scanned = len(text) + waits + (waits + PIECE)
    assert parsed(text) == Reads(len(text), 1, scanned, waits + PIECE)


def test_a_comment_at_the_very_begin_waits_whole() -> None:
    assert parsed(f"<!--{'x' * PIECE}--><x/>").longest_token == PIECE


def size_of(file: io.BytesIO) -> int:
    return len(file.getvalue())


LIMITS = {
    # name of the limit by size, and of the one for all; what of the cost they limit
    "unpacked": ("UNPACKED_AT_LEAST", "UNPACKED_BY_BYTE", "MAX_UNPACKED"),
    "elements": ("ELEMENTS_AT_LEAST", "ELEMENTS_BY_BYTE", "MAX_ELEMENTS"),
}


@pytest.mark.parametrize("cost", LIMITS)
def test_a_file_may_cost_what_its_size_allows(monkeypatch: pytest.MonkeyPatch, cost: str) -> None:
    at_least, by_byte, _ = LIMITS[cost]
    needs = getattr(COST, cost) - 3 * size_of(archive(LONG))
    monkeypatch.setattr(xlsx_parts, by_byte, 3)
    monkeypatch.setattr(xlsx_parts, at_least, needs)
    assert parsed(LONG)
    monkeypatch.setattr(xlsx_parts, at_least, needs - 1)
    with refused(Fault.BOMB):
        parsed(LONG)


@pytest.mark.parametrize("cost", LIMITS)
def test_no_file_may_cost_more_than_all_may(monkeypatch: pytest.MonkeyPatch, cost: str) -> None:
    at_least, _, most = LIMITS[cost]
    monkeypatch.setattr(xlsx_parts, at_least, 10 * getattr(COST, cost))
    monkeypatch.setattr(xlsx_parts, most, getattr(COST, cost))
    assert parsed(LONG)
    monkeypatch.setattr(xlsx_parts, most, getattr(COST, cost) - 1)
    with refused(Fault.BOMB):
        parsed(LONG)


def test_a_part_is_unpacked_no_further_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_parts, "MAX_UNPACKED", 3 * CHUNK)
    monkeypatch.setattr(xlsx_parts, "UNPACKED_AT_LEAST", 10 * CHUNK)
    package = Package(archive("<x>" + " " * 8 * CHUNK + "</x>"))
    with refused(Fault.BOMB):
        for _piece in package.parse("a.xml", ignore):
            pass
    assert package.reads.unpacked == 4 * CHUNK


def test_the_parts_of_a_file_cost_together() -> None:
    package = Package(archive(LONG))
    for _time in range(2):
        for _piece in package.parse("a.xml", ignore):
            pass
    assert (package.reads.unpacked, package.reads.elements) == (
        2 * COST.unpacked, 2 * COST.elements,
    )  # fmt: skip


# What an element may be ---------------------------------------------------------------------------


def declaring(count: int) -> str:
    return "<y " + " ".join(f'xmlns:n{n}="u:{n}"' for n in range(count)) + "/>"


def with_attributes(count: int) -> str:
    return "<y " + " ".join(f'a{n}="1"' for n in range(count)) + "/>"


def nested(*depths: int) -> str:
    """So many elements in each other, then one less, and so many in that."""
    return "".join("<y>" * depth + "</y>" for depth in depths) + "</y>" * (
        sum(depths) - len(depths)
    )


def of_names(count: int) -> str:
    return "".join(f"<y{n}/>" for n in range(count - 1))


def comment(length: int) -> str:
    """A token of that length, which an element ends."""
    return f"<!--{'x' * (length - 7)}-->"


@pytest.mark.parametrize(
    ("make", "most"),
    [
        pytest.param(declaring, MAX_ATTRIBUTES, id="namespaces"),
        pytest.param(with_attributes, MAX_ATTRIBUTES, id="attributes"),
        pytest.param(nested, MAX_DEPTH - 1, id="depth"),
        pytest.param(of_names, MAX_NAMES, id="names"),
    ],
)
def test_as_many_as_may_be_are_read_and_not_one_more(make: Callable[[int], str], most: int) -> None:
    """Each of two elements may have them."""
    assert parsed(f"<x>{make(most) * 2}</x>")
    with refused(Fault.BOMB):
        parsed(f"<x>{make(most + 1)}</x>")


def test_an_element_that_ended_is_around_no_more() -> None:
    assert parsed(f"<x>{'<y></y>' * MAX_DEPTH}</x>")
    assert parsed(f"<x>{nested(50, MAX_DEPTH - 50)}</x>")
    with refused(Fault.BOMB):
        parsed(f"<x>{nested(50, MAX_DEPTH - 49)}</x>")


def test_a_token_may_wait_as_long_as_may_be() -> None:
    """It is asked after each piece: eight of them are as much as may wait."""
    assert MAX_TOKEN == 8 * PIECE
    assert parsed(f"{comment(9 * PIECE)}<x/>").longest_token == MAX_TOKEN
    with refused(Fault.BOMB):
        parsed(f"{comment(9 * PIECE + 1)}<x/>")


def found(*counts: int) -> int:
    """How many elements are found, of which so many are in each piece of the part."""
    pieces = ("<y/>" * count + " " * (PIECE - 4 * count) for count in counts)
    package = Package(archive(f"<x>{''.join(pieces)}</x>"))
    return len(list(package.elements("a.xml", "y")))


def test_a_thousand_elements_are_found_and_not_one_more() -> None:
    assert found(MAX_FOUND) == MAX_FOUND
    assert found(400, 400, MAX_FOUND - 800) == MAX_FOUND
    with refused(Fault.BOMB):
        found(MAX_FOUND + 1)
    with refused(Fault.BOMB):
        found(400, 400, MAX_FOUND - 799)


# How an archive ends ------------------------------------------------------------------------------

BOOK = Workbook([NEEDED, ROW]).bytes()


def zipped(method: int = zipfile.ZIP_DEFLATED, note: bytes = b"", behind: bytes = b"") -> bytes:
    """The workbook with a note in its directory, in front of the archive's end, and one behind."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, text in Workbook([NEEDED, ROW]).parts().items():
            packed.writestr(name, text)
        last = zipfile.ZipInfo("docProps/note.xml")
        last.comment = note
        packed.writestr(last, b"")
        packed.comment = behind
    return file.getvalue()


def directory_of(content: bytes) -> int:
    """As the end of the archive says it, in bytes."""
    (size,) = struct.unpack_from("<I", content, content.rindex(END) + 12)
    return int(size)


def end(directory: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4s4HLLH", END, 0, 0, 0, 0, directory, 0, len(comment)) + comment


def long_end(directory: int, start: int = 0, parts: int = 0) -> bytes:
    """The end of a ZIP64, with its locator."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, parts, parts, directory, start)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, start + directory, 1)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_workbook_is_read_packed_or_not(method: int) -> None:
    assert read(zipped(method)) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(method: int) -> None:
    with refused(Fault.DAMAGED):
        read(zipped(method))


def test_a_directory_may_be_as_large_as_may_be() -> None:
    note = bytes(MAX_DIRECTORY - directory_of(zipped()))
    assert directory_of(zipped(note=note)) == MAX_DIRECTORY
    assert read(zipped(note=note)) == 1
    with refused(Fault.BOMB):
        read(zipped(note=note + b"\0"))


def test_an_archive_may_end_with_a_comment() -> None:
    assert read(zipped(behind=b"x" * 0xFFFF)) == 1
    assert read(zipped(behind=b"x")) == 1


def test_the_last_end_counts() -> None:
    """A part that is no workbook may hold an archive of its own."""
    file = io.BytesIO(BOOK)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as packed:
        packed.writestr("docProps/other.zip", end(MAX_DIRECTORY + 1))
    assert read(file.getvalue()) == 1


def test_an_archive_without_parts_is_one() -> None:
    assert not Package(io.BytesIO(end(0))).has("a.xml")


@pytest.mark.parametrize("size", [MAX_DIRECTORY + 1, 2**31, 2**32 - 1])
def test_an_end_that_says_more_than_may_be_is_a_bomb(size: int) -> None:
    with refused(Fault.BOMB):
        Package(io.BytesIO(end(size)))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\3\4" + b"\xff" * 400,
        end(MAX_DIRECTORY + 1)[:-1],
        end(MAX_DIRECTORY + 1)[:17],
        b"",
    ],
)
def test_an_archive_without_a_whole_end_is_damaged(content: bytes) -> None:
    with refused(Fault.DAMAGED):
        Package(io.BytesIO(content))


def as_zip64(content: bytes) -> bytes:
    """The same archive with the long end besides."""
    at = content.rindex(END)
    parts, directory, start = struct.unpack_from("<HLL", content, at + 10)
    return content[:at] + long_end(directory, start, parts) + content[at:]


def test_a_workbook_may_be_a_zip64() -> None:
    assert read(as_zip64(BOOK)) == 1


@pytest.mark.parametrize("size", [MAX_DIRECTORY + 1, 2**63])
@pytest.mark.parametrize("comment", [b"", b"x" * 0xFFFF])
@pytest.mark.parametrize("before", [b"", bytes(100_000)])
def test_the_long_end_counts(size: int, comment: bytes, before: bytes) -> None:
    with refused(Fault.BOMB):
        Package(io.BytesIO(before + long_end(size) + end(0, comment)))


@pytest.mark.parametrize(
    "note",
    [
        long_end(2**63)[:56] + bytes(20),
        b"\xff" * 56 + struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1),
    ],
    ids=["no-locator", "no-record"],
)
def test_half_of_a_long_end_is_none(note: bytes) -> None:
    """It is the note of a part."""
    package = Package(io.BytesIO(zipped(note=note)))
    assert package.has("xl/workbook.xml")
