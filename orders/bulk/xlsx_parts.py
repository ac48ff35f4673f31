"""The archive that an XLSX is, and the XML of its parts, read in bounded memory.

A small file may hold a gigabyte of nothing, or entities that multiply: see docs/decisions/0014.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import BinaryIO
from xml.parsers import expat

from orders.bulk.table import Fault, FileRefused

MAX_UNPACKED = 32 * 1024 * 1024  # bytes of all parts that are read
MAX_ELEMENTS = 1_000_000  # of them; each row of ours has about fifty
MAX_DIRECTORY = 64 * 1024  # bytes: a workbook has a few dozen parts
CHUNK = 64 * 1024

Start = Callable[[str, Mapping[str, str]], None]


@contextmanager
def blamed_on_the_file() -> Iterator[None]:
    """Whatever the archive or its XML stumbles over."""
    broken = (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, EOFError,
        NotImplementedError, RuntimeError, ValueError, struct.error,
    )  # fmt: skip
    try:
        yield
    except broken:
        raise FileRefused(Fault.DAMAGED) from None


class Package:
    """The parts of the archive, of which only so much is unpacked."""

    def __init__(self, file: BinaryIO) -> None:
        _check_directory(file)
        self._archive = zipfile.ZipFile(file)
        self._left = MAX_UNPACKED
        self._elements_left = MAX_ELEMENTS

    def parse(
        self,
        name: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Calls back for each element, by its name without its namespace; one chunk at a time."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = partial(self._start, start)
        if end:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        parser.CharacterDataHandler = text
        with self._archive.open(name) as part:
            while chunk := part.read(CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise FileRefused(Fault.BOMB)
                parser.Parse(chunk)
                yield
            parser.Parse(b"", True)
            yield

    def _start(self, start: Start, tag: str, attributes: Mapping[str, str]) -> None:
        self._elements_left -= 1
        if self._elements_left < 0:
            raise FileRefused(Fault.BOMB)
        start(_local(tag), {_local(key): attributes[key] for key in attributes})

    def elements(self, name: str, tag: str) -> Iterator[Mapping[str, str]]:
        """The attributes of each element of that name."""
        found: list[Mapping[str, str]] = []

        def start(local: str, attributes: Mapping[str, str]) -> None:
            if local == tag:
                found.append(attributes)

        for _chunk in self.parse(name, start):
            yield from found
            found.clear()

    def has(self, name: str) -> bool:
        return name in self._archive.NameToInfo


@lru_cache(1000)  # a few names come again and again
def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_doctype(*_declared: object) -> None:
    """No spreadsheet program writes one; entities that multiply are declared there."""
    raise FileRefused(Fault.BOMB)


def _check_directory(file: BinaryIO) -> None:
    """Of a hundred thousand parts each takes memory before one is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))  # the longest comment, and the record itself
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 22:
        raise FileRefused(Fault.DAMAGED)
    (directory,) = struct.unpack_from("<I", tail, at + 12)
    if directory > MAX_DIRECTORY:
        raise FileRefused(Fault.BOMB)
