"""Decides by its bytes alone what kind of file a purchase order document is.

Its name and the type that the browser states may be wrong. The result of `check_document` is one
thing for every program that opens it: it contains no page, no archive and no second file, see
docs/decisions/0011. Pure: no Django, no model, no words.
"""

import hashlib
import re
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from PIL import Image

from orders.rules import document_formats
from orders.rules.document_formats import Broken, Size, SomethingElse

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000  # a letter page at 500 dpi; phones take 12 million
MAX_NAME = 100  # characters
MAX_DOCUMENTS = 5  # per order


class DocumentKind(StrEnum):
    """The accepted kinds; the value is the media type for downloads."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


ENDINGS: Mapping[DocumentKind, tuple[str, ...]] = {  # of names; the first is the default
    DocumentKind.PDF: (".pdf",),
    DocumentKind.PNG: (".png",),
    DocumentKind.JPEG: (".jpg", ".jpeg"),
}
BEGINNINGS: Mapping[DocumentKind, bytes] = {  # the first bytes of a file
    DocumentKind.PDF: b"%PDF-",
    DocumentKind.PNG: document_formats.PNG_SIGNATURE,
    DocumentKind.JPEG: b"\xff\xd8\xff",
}
CHECKS: Mapping[DocumentKind, Callable[[bytes], Size | None]] = {  # a picture has a size
    DocumentKind.PDF: document_formats.check_pdf,
    DocumentKind.PNG: document_formats.check_png,
    DocumentKind.JPEG: document_formats.check_jpeg,
}


@dataclass(frozen=True, slots=True)
class DocumentEmpty:
    """The file has no bytes."""


@dataclass(frozen=True, slots=True)
class DocumentTooLarge:
    """The file has more than MAX_BYTES."""


@dataclass(frozen=True, slots=True)
class DocumentOfAnotherKind:
    """The file does not begin like one of the kinds, whatever its name says."""


@dataclass(frozen=True, slots=True)
class DocumentBroken:
    """The file begins like that kind, but is cut off or damaged."""

    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class DocumentHidesSomething:
    """The file is of that kind, but also holds a page, an archive or more bytes."""

    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class PictureTooLarge:
    """The picture has more than MAX_PIXELS."""


@dataclass(frozen=True, slots=True)
class TooManyDocuments:
    """The order has MAX_DOCUMENTS already."""


@dataclass(frozen=True, slots=True)
class OrderTakesNoDocuments:
    """The order was rejected or canceled."""


Problem = (
    DocumentEmpty
    | DocumentTooLarge
    | DocumentOfAnotherKind
    | DocumentBroken
    | DocumentHidesSomething
    | PictureTooLarge
    | TooManyDocuments
    | OrderTakesNoDocuments
)


class DocumentRefused(Exception):
    """The document is not attached; nothing was written."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Document:
    """A checked file. Only `check_document` makes one."""

    name: str
    kind: DocumentKind
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check_size(size: int) -> None:
    """Raises DocumentRefused; ask before the content is read."""
    if not size:
        raise DocumentRefused(DocumentEmpty())
    if size > MAX_BYTES:
        raise DocumentRefused(DocumentTooLarge())


def check_document(name: str, content: bytes) -> Document:
    """The document of these bytes. Raises DocumentRefused."""
    check_size(len(content))
    kind = next((kind for kind, begin in BEGINNINGS.items() if content.startswith(begin)), None)
    if kind is None:
        raise DocumentRefused(DocumentOfAnotherKind())
    try:
        document_formats.check_nothing_else(content, has_comments=kind is DocumentKind.PDF)
        if size := CHECKS[kind](content):
            _check_picture(content, kind, size)
    except SomethingElse:
        raise DocumentRefused(DocumentHidesSomething(kind)) from None
    except Broken:
        raise DocumentRefused(DocumentBroken(kind)) from None
    return Document(clean_name(name, kind), kind, content)


_one_at_a_time = threading.Lock()  # 25 million pixels take up to 150 MB, so only one thread decodes


def _check_picture(content: bytes, kind: DocumentKind, size: Size) -> None:
    """Decodes the whole picture if it is small enough."""
    if size.width * size.height > MAX_PIXELS:
        raise DocumentRefused(PictureTooLarge())
    with _one_at_a_time:
        try:
            with Image.open(BytesIO(content), formats=[kind.name]) as picture:
                picture.draft("L", (1, 1))  # for a JPEG, an eighth of width and height is enough
                picture.load()
        except Exception as error:  # any error of the decoder is the file's fault
            raise Broken from error


# Names ----------------------------------------------------------------------------------

_NOT_IN_NAMES = re.compile(r'["*:<>?|]')  # Windows refuses them


def clean_name(name: str, kind: DocumentKind) -> str:
    """The name for pages and downloads: one line, no path, the ending of its kind.

    It never names a file on our disk.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(character for character in last if _is_plain(character))
    plain = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("-", visible)).strip(" .")
    ending = next((e for e in ENDINGS[kind] if plain.lower().endswith(e)), "")
    stem = plain[: len(plain) - len(ending)]
    ending = ending or ENDINGS[kind][0]
    return (stem[: MAX_NAME - len(ending)].rstrip(" .") or "purchase-order") + ending


def _is_plain(character: str) -> bool:
    """Whether it is no control or formatting character, surrogate, private or unassigned one."""
    return unicodedata.category(character)[0] != "C"
