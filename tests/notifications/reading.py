"""A mail as its reader gets it: headers, text, HTML, and the text of its PDF."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pypdfium2
from django.core.mail import EmailMessage as DjangoMessage
from selectolax.lexbor import LexborHTMLParser

from outbox.actions import as_sent, content_of
from outbox.models import Message
from tests.pages import words


def sent(message: Message) -> EmailMessage:
    """From the bytes that the worker will send."""
    return parsed(content_of(message))


def made(mail: DjangoMessage) -> EmailMessage:
    """From the bytes that the outbox would keep."""
    return parsed(as_sent(mail.message()))


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def text_of(mail: EmailMessage) -> str:
    return body(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    return body(mail, "html")


def words_of_html(mail: EmailMessage) -> str:
    """The words on the screen, on one line."""
    page = LexborHTMLParser(html_of(mail))
    for unread in page.css("head, .ahead"):
        unread.decompose()
    assert page.root is not None
    return words(page.root)


def pdf_of(mail: EmailMessage) -> bytes:
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    content = attached.get_content()
    assert isinstance(content, bytes)
    return content


def pdf_pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [_text(page) for page in document]


def _text(page: pypdfium2.PdfPage) -> str:
    lines = page.get_textpage().get_text_bounded().replace("\r\n", "\n").splitlines()
    return "\n".join(line.rstrip() for line in lines)
