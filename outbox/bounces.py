"""Reads a bounce: a mail server's report (RFC 3464) that it could not deliver a mail after all.

Pure: the bytes of a mail in, a bounce or nothing out. Anybody can write to the mailbox of bounces.
So a bounce has to name the mail by its token, the random part of its Message-ID, which only those
know through whose hands the mail went.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from outbox.answers import Fault, Step, fault_of

MOST_BYTES = 128 * 1024  # of a mail; a report stands before the mail that it returns
MOST_MULTIPARTS = 20  # each inside of another costs time for every line
MOST_SEPARATORS = 200  # lines that may begin a part
MOST_RECIPIENTS = 10  # of a report; each of our mails has one
MOST_SAID = 1000  # characters

_IN_ADDRESS = re.compile(r"\+([0-9a-f]{32})@")
_IN_MESSAGE_ID = re.compile("<([0-9a-f]{32})@")
_TO_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_STATUS = re.compile(r"[45]\.(\d{1,3})\.(\d{1,3})(?!\d)")
_OF_SMTP = re.compile(r"(?:smtp\s*;)?\s*([45]\d\d)\b[ -]*(.*)", re.IGNORECASE)
_NOT_REACHED = re.compile(r"4\.4\.")  # our mail server tried for days, and none answered
_UNDEFINED = ("0", "0")


@dataclass(frozen=True, slots=True)
class Bounce:
    token: str
    fault: Fault | None  # None: no mail server answered in time
    said: str  # the mail server's words


def read(raw: bytes) -> Bounce | None:
    """The bounce of one of our mails, or None: an absence note, a delay, or whatever else it is."""
    raw = raw[:MOST_BYTES]
    if raw.lower().count(b"multipart/") > MOST_MULTIPARTS or raw.count(b"\n--") > MOST_SEPARATORS:
        return None
    mail = email.message_from_bytes(raw)
    if not _is_report(mail):
        return None
    parts = list(_parts(mail))
    failed = next(filter(_has_failed, _recipients(parts)), None)
    token = _token(mail, parts)
    if failed is None or token is None:
        return None
    fault, said = _fault(failed, _explanation(parts))
    return Bounce(token, fault, said)


def _is_report(mail: Message) -> bool:
    kind = mail.get_param("report-type")
    return mail.get_content_type() == "multipart/report" and str(kind).lower() == "delivery-status"


def _parts(mail: Message) -> Iterator[Message]:
    payload = mail.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Message):
            yield part


def _recipients(parts: list[Message]) -> list[Message]:
    """The fields of each recipient, after those of the report itself, which have no action."""
    reports = (part for part in parts if part.get_content_type() == "message/delivery-status")
    blocks = [block for report in reports for block in _parts(report)]
    return blocks[: MOST_RECIPIENTS + 1]


def _has_failed(recipient: Message) -> bool:
    """A delay is another action, and so is that a mail was passed on."""
    return re.match(r"\s*failed\b", _field(recipient, "Action"), re.IGNORECASE) is not None


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _token(mail: Message, parts: list[Message]) -> str | None:
    """From the address that the bounce came to, else from the mail that it returns."""
    to = (str(value) for name in _TO_HEADERS for value in mail.get_all(name, []))
    returned = (_field(head, "Message-ID") for part in parts for head in _returned(part))
    found = [*map(_IN_ADDRESS.search, to), *map(_IN_MESSAGE_ID.search, returned)]
    return next((match[1] for match in found if match), None)


def _returned(part: Message) -> Iterator[Message]:
    """The head of the mail that is returned."""
    if part.get_content_type() == "message/rfc822":
        yield from _parts(part)
    elif part.get_content_type() == "text/rfc822-headers":
        yield email.message_from_string(str(part.get_payload()))


def _explanation(parts: list[Message]) -> str:
    """The text for people: it tells at which step of the conversation the answer came."""
    first = parts[0] if parts else None
    return str(first.get_payload()) if first and first.get_content_maintype() == "text" else ""


def _fault(recipient: Message, explanation: str) -> tuple[Fault | None, str]:
    status = _STATUS.match(_field(recipient, "Status"))
    diagnosis = _field(recipient, "Diagnostic-Code")
    answer = _OF_SMTP.match(diagnosis)
    code, text = (int(answer[1]), answer[2]) if answer else (0, diagnosis)
    said = (f"{code} {text}" if code else f"{status[0] if status else ''} {text}").strip()
    if status and not code and _NOT_REACHED.match(status[0]):
        return None, said[:MOST_SAID]
    enhanced = _STATUS.match(text) or (status if status and status.groups() != _UNDEFINED else None)
    # A server that tried for days reports the last answer, which may say “later”: it is final now.
    final = f"5.{enhanced[1]}.{enhanced[2]} {text}" if enhanced else text
    step = Step.RECIPIENT if "RCPT TO" in f"{diagnosis} {explanation}".upper() else Step.OTHER
    return fault_of(code, final, step), said[:MOST_SAID]
