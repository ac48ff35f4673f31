"""Confirmations whose mails were queued whole, before letters were written after the issue.

`tests/data/before_letters/rows.json.xz` has all rows as the code of commit a80a88e left them: two
orders of Harbor's that were issued, the second one to two people in two languages. The mail of the
first one was sent, those of the second one wait, and it was sent again to somebody else.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from companies.models import User
from notifications.models import Confirmation, ConfirmationCopy
from orders.actions.resending import resend_confirmation
from orders.models import Order
from outbox.actions import claim, content_of, deliver
from outbox.models import Message
from tests.cast import NOW
from tests.letters import write_letters
from tests.licensing.invariants import violations
from tests.migrating import as_of, put_in
from tests.notifications.reading import parsed, pdf_of, text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ROWS = Path(__file__).parent / "data" / "before_letters" / "rows.json.xz"
BEFORE = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("companies", "0008_former_addresses"),
    ("licensing", "0006_serials_of_elsewhere"),
    ("notifications", "0007_contacts_follow_their_person"),
    ("orders", "0016_held_in_file"),
    ("outbox", "0006_bounces"),
]


@pytest.fixture(autouse=True)
def kept() -> Iterator[dict[int, bytes]]:
    """The mails as they were queued."""
    with as_of(*BEFORE) as get:
        put_in(get, json.loads(lzma.decompress(ROWS.read_bytes())))
        messages = get("outbox", "Message").objects
        mails = {message.pk: bytes(message.raw) for message in messages.order_by("pk")}
    with time_machine.travel(NOW, tick=False):
        yield mails


def buyer() -> User:
    return User.objects.get(email="buyer@dealer.example")


def latest() -> Order:
    return Order.objects.order_by("pk").last() or Order()


class Arrived:
    """A mail server, as the worker sees it."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        self.mails.append((recipient, raw))

    def close(self) -> None:
        pass


def send_all() -> list[tuple[str, bytes]]:
    arrived = Arrived()
    while messages := claim(NOW):
        for message in messages:
            deliver(message, arrived, NOW)
    return arrived.mails


def test_their_mails_are_what_they_were_and_those_that_wait_are_sent(
    kept: dict[int, bytes],
) -> None:
    assert {mail.pk: content_of(mail) for mail in Message.objects.all()} == kept
    assert write_letters() == 0
    sent = [raw for _address, raw in send_all()]
    assert sent == list(kept.values())[1:]
    assert not violations()


def test_they_open_and_download_what_was_sent(kept: dict[int, bytes]) -> None:
    client = Client()
    client.force_login(buyer())
    order = latest()
    path = f"/orders/{order.reference}/confirmation/"
    assert client.get(path).status_code == 200
    for copy in ConfirmationCopy.objects.filter(confirmation__revision=order.revision):
        assert client.get(f"{path}{copy.language}.html").content.decode() == copy.html
        pdf = client.get(f"{path}{copy.language}.pdf").content
        assert pdf == bytes(copy.pdf)
        assert pdf in [pdf_of(parsed(raw)) for raw in kept.values()]
        assert pdf_of(parsed(client.get(f"{path}{copy.language}.eml").content)) == pdf


def test_sent_again_they_are_the_same_letter_in_a_mail_of_today(kept: dict[int, bytes]) -> None:
    order = latest()
    assert order.revision is not None
    copies = ConfirmationCopy.objects.count()
    send_all()
    to = ["lector@site.example", "new@site.example"]
    resend_confirmation(order, to=to, language="en", by=buyer(), at=NOW)
    assert write_letters() == 2
    sent = {address: parsed(raw) for address, raw in send_all()}
    assert list(sent) == to
    before = {mail["To"]: mail for mail in map(parsed, kept.values())}
    assert text_of(sent[to[0]]) == text_of(before[to[0]])
    assert pdf_of(sent[to[0]]) == pdf_of(before[to[0]])
    assert [mail["Content-Language"] for mail in sent.values()] == ["es", "en"]
    assert ConfirmationCopy.objects.count() == copies
    assert Confirmation.objects.count() == 2
