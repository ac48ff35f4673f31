"""Mail that is put together whenever it is sent: its headers are kept with it, its letter is above.

An app above registers what gives the letter of its mails, so the outbox imports none of them. The
mail is the same each time, byte for byte: no header is made again, and this module alone divides
the content, by rules that no other package or version changes. It checks that by a hash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from django.db.models import Case, F, Q, Value, When
from django.utils.module_loading import import_string

from outbox.models import Message

# So long the processes that write letters have for it. After it the worker that sends a mail has
# its letter written itself.
TIME_TO_WRITE = timedelta(minutes=1)
LONGEST_LINE = 998  # bytes, RFC 5322
LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The content of a mail."""

    text: str
    html: str = ""
    attachment: Attachment | None = None


class Draw(Protocol):
    def __call__(self, message: Message) -> Parts:
        """Gives the parts of a mail. One without headers gets them before, by `freeze`."""


class Damaged(Exception):
    """A mail that is not what was first put together, so it is not sent: its letter was changed."""


_paths: dict[str, str] = {}


def register(name: str, path: str) -> None:
    """Sets the function, by its dotted path, for mails whose `drawn_by` is that name."""
    _paths[name] = path


def mime_of(message: Message) -> bytes:
    """The bytes to send. Raises Damaged when they are not those of the first time."""
    draw: Draw = import_string(_paths[message.drawn_by])
    raw = _put_together(message, draw(message))
    if fingerprint(raw) != message.fingerprint:
        raise Damaged(f"The kept letter of {message.record} has changed.")
    return raw


def freeze(messages: Sequence[tuple[Message, bytes, Parts]], at: datetime) -> None:
    """Keeps headers and hash of mails that have none yet, and lets them leave. One statement.

    `drawing` and `subject` are kept along, as they are in each message. The first process to do
    it wins.
    """
    for message, head, parts in messages:
        message.head = head
        message.fingerprint = fingerprint(_put_together(message, parts))
        message.due_at = _due(at)
    rows = [message for message, _head, _parts in messages]
    fields = ["head", "fingerprint", "drawing", "subject", "due_at"]
    Message.objects.undrawn().bulk_update(rows, fields)


def _due(at: datetime) -> Any:
    """At once, but for a mail that a worker has in hand or has put off."""
    waits = Q(state=Message.State.QUEUED, attempts=0, due_at__gt=at)
    return Case(When(waits, then=Value(at)), default=F("due_at"))


def fingerprint(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _put_together(message: Message, parts: Parts) -> bytes:
    token = message.message_id.strip("<>").partition("@")[0]  # no letter can have it in it
    return bytes(message.head or b"") + _content(token, parts)


def _content(token: str, parts: Parts) -> bytes:
    content = _text("plain", parts.text)
    if parts.html:
        html = _text("html", parts.html)
        content = _multipart("alternative", f"=_a_{token}", [content, html])
    if parts.attachment:
        file = _file(parts.attachment)
        content = _multipart("mixed", f"=_m_{token}", [content, file])
    return content if content.endswith(LINE_END) else content + LINE_END


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    between = f"--{boundary}".encode() + LINE_END
    inside = b"".join(between + part + LINE_END for part in parts)
    opening = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode()
    return opening + 2 * LINE_END + inside + f"--{boundary}--".encode() + LINE_END


def _text(kind: str, text: str) -> bytes:
    content = re.sub("\r\n?", "\n", text).encode()
    encoding = "7bit" if content.isascii() else "8bit"
    if max(map(len, content.split(b"\n"))) > LONGEST_LINE:
        content, encoding = binascii.b2a_qp(content), "quoted-printable"
    return _part(f'text/{kind}; charset="utf-8"', encoding, content)


def _file(file: Attachment) -> bytes:
    name = f'filename="{file.name}"'
    if not re.fullmatch(r"[\w.-]*", file.name, re.ASCII):
        name = f"filename*=utf-8''{quote(file.name, safe='')}"  # RFC 2231
    content = base64.encodebytes(file.content).rstrip(b"\n")
    return _part(file.media_type, "base64", content, f"Content-Disposition: attachment; {name}")


def _part(kind: str, encoding: str, content: bytes, *more: str) -> bytes:
    headers = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *more]
    opening = "\n".join([*headers, "", ""]).encode()
    return (opening + content).replace(b"\n", LINE_END)
