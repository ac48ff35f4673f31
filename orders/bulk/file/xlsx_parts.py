"""Reads the archive of an XLSX and the XML of its parts in bounded memory and time.

A small file may hold a gigabyte of nothing, entities that multiply, or one comment that an expat
before 2.6 reads again and again from its start: see docs/decisions/0014 and 0027.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO
from xml.parsers import expat

from orders.bulk.file.table import Fault, FileRefused

# The allowed work grows with the file's size, up to an end. Workbooks of orders, even with ten
# thousand equal or blank rows, have up to 28 bytes and 1.6 elements for each byte of the file.
MAX_UNPACKED = 32 * 1024 * 1024  # bytes of all parts that are read, and of the texts of cells
UNPACKED_BY_BYTE, UNPACKED_AT_LEAST = 60, 1024 * 1024
MAX_ELEMENTS = 1_000_000  # of all parts; each row of ours has about fifty
ELEMENTS_BY_BYTE, ELEMENTS_AT_LEAST = 3, 10_000
MAX_TOKEN = 64 * 1024  # bytes of a tag, a comment or an instruction; lists of positions are long
MAX_ATTRIBUTES = 100  # of an element, its namespaces besides; spreadsheet programs write 30
MAX_DEPTH = 100  # of nested elements; expat keeps each; there are about ten
MAX_NAMES = 2_000  # of elements and attributes in a file; expat keeps each; there are 300
MAX_FOUND = 1_000  # elements that are found by name: sheets and relations of parts
MAX_DIRECTORY = 64 * 1024  # bytes: a workbook has a few dozen parts
CHUNK = 64 * 1024
PIECE = 8 * 1024  # bytes that expat gets at once: it reads a token of MAX_TOKEN eight times at most
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack a few bytes at once

Start = Callable[[str, Mapping[str, str]], None]


@contextmanager
def blamed_on_the_file() -> Iterator[None]:
    """Turns any error of the archive or its XML into a refusal of the file."""
    broken = (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, LookupError, EOFError,
        NotImplementedError, RuntimeError, ValueError, struct.error,
    )  # fmt: skip
    try:
        yield
    except broken:
        raise FileRefused(Fault.DAMAGED) from None


class Package:
    """The parts of the archive. It unpacks and reads only a bounded amount.

    `reads` counts the work, which is the cost of a file.
    """

    def __init__(self, file: BinaryIO) -> None:
        size = _check_directory(file)
        self._archive = zipfile.ZipFile(file)
        self._names: dict[str, str] = {}  # names of elements and attributes, each of them once
        self.reads = Reads()
        self._may = Reads(
            unpacked=min(MAX_UNPACKED, UNPACKED_AT_LEAST + UNPACKED_BY_BYTE * size),
            elements=min(MAX_ELEMENTS, ELEMENTS_AT_LEAST + ELEMENTS_BY_BYTE * size),
        )

    def parse(
        self,
        name: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Calls back for each element, by its name without its namespace; one piece at a time."""
        element = _Element(start, end, self._count_element)
        parser = expat.ParserCreate(namespace_separator=" ", intern=self._names)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartNamespaceDeclHandler = element.declare
        parser.StartElementHandler = element.start
        parser.EndElementHandler = element.end
        parser.CharacterDataHandler = text
        fed = waits = 0
        for piece in self._pieces(name):
            fed += len(piece)
            self.reads.scanned += waits + len(piece)
            parser.Parse(piece, not piece)
            waits = fed - max(0, parser.CurrentByteIndex)  # bytes of an unfinished token
            self.reads.longest_token = max(self.reads.longest_token, waits)
            if waits > MAX_TOKEN or len(self._names) > MAX_NAMES:
                raise FileRefused(Fault.BOMB)
            yield

    def _pieces(self, name: str) -> Iterator[bytes]:
        """The unpacked part in pieces; an empty piece is its end."""
        if self._archive.getinfo(name).compress_type not in METHODS:
            raise FileRefused(Fault.DAMAGED)
        with self._archive.open(name) as part:
            while chunk := part.read(CHUNK):
                self.spend(len(chunk))
                for at in range(0, len(chunk), PIECE):
                    yield chunk[at : at + PIECE]
        yield b""

    def spend(self, count: int) -> None:
        """Spends some of the bytes that this file may unpack to. Raises FileRefused."""
        self.reads.unpacked += count
        if self.reads.unpacked > self._may.unpacked:
            raise FileRefused(Fault.BOMB)

    def _count_element(self) -> None:
        self.reads.elements += 1
        if self.reads.elements > self._may.elements:
            raise FileRefused(Fault.BOMB)

    def elements(self, name: str, tag: str) -> Iterator[Mapping[str, str]]:
        """The attributes of each element of that name."""
        found: list[Mapping[str, str]] = []
        count = 0

        def start(local: str, attributes: Mapping[str, str]) -> None:
            if local == tag:
                found.append(attributes)

        for _piece in self.parse(name, start):
            count += len(found)
            if count > MAX_FOUND:
                raise FileRefused(Fault.BOMB)
            yield from found
            found.clear()

    def has(self, name: str) -> bool:
        return name in self._archive.NameToInfo


@dataclass(slots=True)
class Reads:
    """The work of reading a file, done or allowed."""

    unpacked: int = 0  # bytes
    elements: int = 0
    scanned: int = 0  # bytes, including those that an expat before 2.6 reads again
    longest_token: int = 0  # bytes of it that were fed before it ended


class _Element:
    """Counts the elements before it passes expat's calls on."""

    def __init__(
        self, start: Start, end: Callable[[str], None] | None, count: Callable[[], None]
    ) -> None:
        self._start, self._end, self._count = start, end, count
        self._depth = self._declared = 0

    def declare(self, _prefix: str | None, _address: str) -> None:
        """Counts a namespace; expat reports them before their element."""
        self._declared += 1

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._count()
        self._depth += 1
        if self._depth > MAX_DEPTH or max(self._declared, len(attributes)) > MAX_ATTRIBUTES:
            raise FileRefused(Fault.BOMB)
        self._declared = 0
        self._start(_local(tag), {_local(key): attributes[key] for key in attributes})

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._end:
            self._end(_local(tag))


@lru_cache(1000)  # a few names occur again and again
def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_doctype(*_declared: object) -> None:
    """Refuses a DOCTYPE: it may declare entities that multiply, and no spreadsheet needs one."""
    raise FileRefused(Fault.BOMB)


_END, _END_SIZE = b"PK\5\6", 22  # bytes
# Before it, of a ZIP64: the size of its directory, and the locator of that record.
_LONG = re.compile(rb"PK\x06\x06.{36}(.{8}).{8}PK\x06\x07.{16}", re.DOTALL)
_LONG_SIZE = 76
_MAX_COMMENT = 0xFFFF


def _check_directory(file: BinaryIO) -> int:
    """The size of the file. Refuses many parts early: each takes memory before one is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONG_SIZE - _END_SIZE - _MAX_COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise FileRefused(Fault.DAMAGED)
    (directory,) = struct.unpack_from("<I", tail, at + 12)
    if long := _LONG.fullmatch(tail, at - _LONG_SIZE, at):
        (directory,) = struct.unpack("<Q", long[1])  # this one counts
    if directory > MAX_DIRECTORY:
        raise FileRefused(Fault.BOMB)
    return size
