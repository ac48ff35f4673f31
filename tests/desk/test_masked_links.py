"""Staff read what people were mailed, and can do nothing by the links in it, which are theirs."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver

from companies.invitation_mail import hashed
from companies.models import Invitation
from licensing.models import Installation
from notifications.links import subscriber_of
from notifications.models import ConfirmationCopy
from notifications.notices.changeover import serial_of
from orders.quoting.answer_link import order_of
from outbox.actions import content_of
from outbox.models import Message
from portal.web.masked_links import masked
from portal.web.request_log import LOGGABLE
from tests.desk.staffed import Staffed
from tests.notifications.reading import text_of
from tests.pages import attributes

TOKEN = re.compile(r"[\w:.~=-]{16,}")
LEFT_OUT = ("/admin/logout/", "/admin/jsi18n/", "/admin/mail-previews/", "/admin/auth/group/")


def opens(token: str) -> bool:
    """Whether somebody who has it gets anywhere."""
    subscriber = subscriber_of(token)
    return bool(
        (subscriber and Installation.objects.filter(reference=subscriber.reference).exists())
        or serial_of(token)
        or order_of(token)
        or Invitation.objects.filter(token_hash=hashed(token)).exists()
    )


def working_links(text: str) -> set[str]:
    """By trying everything that may be one, wherever it stands."""
    return {found for found in TOKEN.findall(text) if opens(found.strip(".:="))}


def read(response: Any) -> str:
    """All that is in an answer: a mail with its parts, a PDF with what is packed in it."""
    content, kind = response.getvalue(), response.headers.get("Content-Type", "")
    if kind.startswith("message/"):
        return read_mail(content)
    if kind.startswith("application/pdf"):
        return read_pdf(content)
    return html.unescape(content.decode(errors="replace"))


def read_mail(raw: bytes) -> str:
    mail = message_from_bytes(raw, policy=policy.default)
    said = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        if part.get_content_type() == "application/pdf":
            said.append(read_pdf(part.get_content()))
        elif not part.is_multipart():
            said.append(str(part.get_content()))
    return "\n".join(said)


def read_pdf(pdf: bytes) -> str:
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return "\n".join(part.decode("latin-1") for part in (pdf, *map(unpacked, packed)))


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def walk(client: Client) -> Iterator[tuple[str, str]]:
    """Every page and download of the desk that links lead to."""
    waiting, seen = ["/admin/"], {"/admin/"}
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        if response.status_code != 200:
            continue
        text = read(response)
        yield path, text
        shown = response.getvalue()
        for link in (*attributes(shown, "*", "href"), *attributes(shown, "*", "src")):
            page = urlsplit(link).path
            if link.startswith("/admin/") and page not in seen and not page.startswith(LEFT_OUT):
                seen.add(page)
                waiting.append(page)


@pytest.mark.siege
def test_no_page_and_no_download_of_the_desk_has_a_link_that_works(staffed: Staffed) -> None:
    quoted = f"550 no: {staffed.world.paths['serial_entered']}"
    Message.objects.filter(state="failed").update(last_error=quoted)
    pages = dict(walk(staffed.client("superuser")))
    for path, text in pages.items():
        assert not working_links(text), path
    kinds = "/eml/", ".pdf", ".html", "/admin/outbox/message/", "/history/", "/confirmation/"
    for kind in kinds:
        assert any(kind in path for path in pages), f"{kind} was not looked at"
    assert "/entered/[token]/" in "".join(pages.values())
    assert "/mail/[token]/" in "".join(pages.values())


def test_control_what_was_mailed_has_links_that_work(staffed: Staffed) -> None:
    """There are working links of each kind; so the walk would have found them."""
    mailed = [read_mail(content_of(message)) for message in Message.objects.all()]
    found = set().union(*map(working_links, mailed))
    world = staffed.world
    assert {world.answer_token, world.entered_token, world.token} <= found
    assert any(subscriber_of(token) for token in found)
    copies = [read_pdf(copy.document) for copy in ConfirmationCopy.objects.all()]
    assert any(working_links(text) for text in copies)


def test_the_mail_that_staff_save_is_the_impersonal_copy(staffed: Staffed) -> None:
    order = staffed.world.issued
    assert order.revision
    message = order.revision.confirmation.deliveries.get()
    path = f"/admin/orders/order/{order.pk}/confirmation/{message.pk}/eml/"
    saved = message_from_bytes(staffed.client("superuser").get(path).content, policy=policy.default)
    sent = message_from_bytes(content_of(message), policy=policy.default)
    for header in ("From", "To", "Subject", "Date", "Message-ID", "Content-Language"):
        assert str(saved[header]) == str(sent[header]), header
    assert sent["List-Unsubscribe"] is None or saved["List-Unsubscribe"] is None
    assert not working_links(read_mail(bytes(saved)))
    text, told = map(text_of, (saved, sent))
    assert len(text.splitlines()) == len(told.splitlines())


# The one place that knows what a signed link is ------------------------------------------


def test_every_address_with_a_secret_in_it_is_masked(staffed: Staffed) -> None:
    """The site's own list of addresses is read, so a new one needs no change here."""
    secret = "WyJiMTlx:1tAbC-d_e"
    known = get_resolver().reverse_dict
    looked_at = set()
    for name in {name for name in known if isinstance(name, str)}:
        for possibilities, *_rest in known.getlist(name):
            for template, names in possibilities:
                if hidden := set(names) - LOGGABLE:
                    path = "/" + template % {key: secret if key in hidden else "3" for key in names}
                    for around in ("see {} now", '<a href="https://x.example{}">', "<{}>"):
                        assert secret not in masked(around.format(path)), path
                    looked_at.add(name)
    assert {"mail_wishes", "mail_unsubscribe", "serial_entered", "order_answer", "invitation",
            "account_reset_password_from_key", "account_confirm_email"} <= looked_at  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/mail/stop/expiry/WyJ:x-y/", "/mail/stop/[topic]/[token]/"),
        ("https://x.example/mail/WyJ:x-y/ and more", "https://x.example/mail/[token]/ and more"),
        ("https://x.example/mail/", "https://x.example/mail/"),
        ("/account/password/reset/key/3-c6ab-01/", "/account/password/reset/key/3-[key]/"),
        ("/orders/7k3m9qwx4t/", "/orders/7k3m9qwx4t/"),
        ("/installations/7k3m9qwx4t/", "/installations/7k3m9qwx4t/"),
        ("/entered/eyJ:aa", "/entered/[token]"),
        ("and/or, 24/7", "and/or, 24/7"),
    ],
)
def test_only_the_token_gives_way(text: str, shown: str) -> None:
    assert masked(text) == shown
