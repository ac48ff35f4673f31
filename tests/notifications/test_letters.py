"""The letter of a confirmation is written after the issue, once, and its mails never change."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

import pytest
from django.db import connection, models
from django.utils import timezone
from pytest_django import Settings

from notifications.models import Confirmation, ConfirmationCopy, LetterTries
from orders.actions.resending import resend_confirmation
from orders.models import Order
from outbox.actions import claim, content_of, deliver
from outbox.content import Attachment, Damaged, Parts, _content
from outbox.models import Message
from tests.cast import Cast
from tests.letters import write_letters
from tests.notifications.reading import body, pdf_of, pdf_pages, sent, text_of
from tests.threads import only_postgresql

STORED_FOR_ONE, STORED_FOR_EACH = 45_000, 8_000  # bytes


@pytest.fixture
def order(cast: Cast) -> Order:
    return cast.issue(cast.order_new("Pier 9", ISS_Expert=2, VS_ES1=2))


def confirmation_of(order: Order) -> Confirmation:
    assert order.revision is not None
    confirmation: Confirmation = order.revision.confirmation
    return confirmation


@pytest.fixture
def no_letters(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """While it is in force no letter can be written."""

    def broken(*args: object) -> None:
        raise RuntimeError("the site's name, say")

    monkeypatch.setattr("notifications.confirmation.letters.render", broken)
    return monkeypatch


# What is committed with the issue ------------------------------------------------------------


def test_an_issue_draws_nothing_and_queues_all_of_its_mails(
    cast: Cast, no_letters: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("notifications.confirmation.pdf.draw")
    order = cast.order_new("Pier 9", ISS_Expert=1)
    order.notify = ["po@dealer.example"]
    order.save()
    confirmation = confirmation_of(cast.issue(order))
    assert not confirmation.copies.exists()
    assert [mail.recipients for mail in confirmation.deliveries.order_by("pk")] == [
        [cast.buyer.email],
        ["po@dealer.example"],
    ]
    for mail, why in zip(confirmation.deliveries.order_by("pk"), ("orderer", "named"), strict=True):
        assert (mail.raw, mail.head, mail.drawn_by) == (None, None, "confirmation")
        assert mail.subject == confirmation.subject
        assert mail.drawing == {"language": "en", "why": why, "company": cast.harbor.pk}


@only_postgresql
def test_little_is_stored_for_an_order_and_less_for_each_recipient_more(cast: Cast) -> None:
    order = cast.order_new("Pier 9", ISS_Expert=2, VS_ES1=2)
    order.notify = [f"po{n}@dealer.example" for n in range(5)]
    order.save()
    cast.issue(order)
    write_letters()
    [letter] = stored("notifications_confirmationcopy")
    [facts] = stored("notifications_confirmation")
    mails = stored("outbox_message")
    assert len(mails) == 6
    assert letter + facts + max(mails) < STORED_FOR_ONE
    assert max(mails) < STORED_FOR_EACH
    assert ConfirmationCopy.objects.get().document.startswith(b"%PDF")


def stored(table: str) -> list[int]:
    """Bytes of each row, as PostgreSQL keeps them, without its indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        sizes = " + ".join(f"coalesce(pg_column_size({name}), 0)" for (name,) in cursor.fetchall())
        cursor.execute(f"SELECT {sizes} FROM {table}")  # noqa: S608 - names of our own
        return [size for (size,) in cursor.fetchall()]


def test_a_mail_leaves_as_soon_as_its_letter_is_written(order: Order) -> None:
    now = timezone.now()
    assert claim(now) == []
    assert write_letters() == 1
    [message] = claim(timezone.now())
    assert message.head is not None


def test_a_worker_that_finds_no_letter_after_a_minute_has_it_written(order: Order) -> None:
    Message.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    [message] = claim(timezone.now())
    assert "Pier 9" in text_of(sent(message))
    message.refresh_from_db()
    assert message.head is not None
    assert message.state == "sending"  # its letter lets no other worker take it


def test_writing_takes_a_mail_from_no_worker(order: Order) -> None:
    Message.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    [message] = claim(timezone.now())
    write_letters()
    again = Message.objects.get()
    assert (again.claim, again.due_at) == (message.claim, message.due_at)


# What is frozen, and when --------------------------------------------------------------------


def test_words_and_settings_are_those_of_the_moment_of_writing(
    order: Order, settings: Settings
) -> None:
    settings.SALES_PHONE, settings.DEFAULT_FROM_EMAIL = "1.800.555.0100", "New <new@vendor.example>"
    write_letters()
    mail = sent(Message.objects.get())
    assert "1.800.555.0100" in text_of(mail)
    assert mail["From"] == "New <new@vendor.example>"


def test_a_mail_is_the_same_bytes_for_ever(order: Order, settings: Settings) -> None:
    site = order.installation
    assert site is not None
    write_letters()
    message = Message.objects.get()
    first = content_of(message)
    assert message.fingerprint == hashlib.sha256(first).hexdigest()
    settings.SALES_PHONE, settings.SALES_EMAIL = "1.800.555.0100", "else@vendor.example"
    settings.DEFAULT_FROM_EMAIL = "New <new@vendor.example>"
    settings.LINK_KEY = "another" * 10
    settings.PORTAL_URL = "https://elsewhere.example"
    settings.TEMPLATES = []
    site.site_name = "Another name"
    site.save()
    again = Message.objects.get()
    assert content_of(again) == first
    mail = sent(again)
    assert mail["Message-ID"] == message.message_id
    assert mail["Date"].datetime == message.queued_at.replace(microsecond=0)
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "pier-9-R1.pdf"


def test_a_mail_whose_letter_was_changed_is_not_sent(order: Order) -> None:
    write_letters()
    copies: models.QuerySet[ConfirmationCopy] = models.QuerySet(ConfirmationCopy)
    copies.update(text=models.Value("Another serial number"))
    message = Message.objects.get()
    with pytest.raises(Damaged):
        content_of(message)
    [claimed] = claim(timezone.now())
    deliver(claimed, NoServer(), timezone.now())
    message.refresh_from_db()
    assert (message.state, message.last_error.partition(":")[0]) == ("queued", "Damaged")


class NoServer:
    """It is never reached."""

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError


@pytest.mark.parametrize(
    ("parts", "fingerprint"),
    [
        (Parts("Only text: ñ\n"), "plain"),
        (Parts("Text\r\n", "<p>HTML</p>"), "html"),
        (
            Parts(
                "Text\n",
                f"<p>{'ñ ' * 700}</p>",
                Attachment("東京-R3.pdf", b"%PDF", "application/pdf"),
            ),
            "long",
        ),
    ],
)
def test_the_layout_of_a_mail_never_changes(parts: Parts, fingerprint: str) -> None:
    """Mails of long ago are put together by it. If this fails, they would not be sent again."""
    assert hashlib.sha256(_content("0" * 32, parts)).hexdigest() == LAYOUT[fingerprint]


LAYOUT = {
    "plain": "77ea8b80757dd8c127f6ede023f902bbe13d98f65252ae6f509cf35d816cafb0",
    "html": "92a4cedddbf081f48c000a95219eab830520198003d05b855fcaa9d5efc39627",
    "long": "55103d78a9b6048e127245fa36e4e6deba099bf4155becff91b3e386f69956ad",
}


def test_a_long_line_and_a_name_in_another_script_arrive_as_they_are(order: Order) -> None:
    write_letters()
    copies: models.QuerySet[ConfirmationCopy] = models.QuerySet(ConfirmationCopy)
    html = f"<p>{'ñ ' * 700}=</p>\n"
    copies.update(html=models.Value(html))
    models.QuerySet(Message).update(head=None, fingerprint="")
    site = order.installation
    assert site is not None
    site.site_name = "東京本社"
    site.save()
    mail = sent(Message.objects.get())
    assert body(mail, "html").strip() == html.strip()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "東京本社-R1.pdf"


def test_it_is_sent_again_from_a_letter_that_is_not_written_yet(cast: Cast, order: Order) -> None:
    resend_confirmation(order, to=["new@site.example"], language="es", by=cast.buyer)
    write_letters()
    first, again = Message.objects.order_by("pk")
    assert pdf_of(sent(first)) == pdf_of(sent(again))
    assert sent(again)["Content-Language"] == "en"  # there is none in another
    assert confirmation_of(order).copies.count() == 1


# A letter that fails -------------------------------------------------------------------------


def wait() -> None:
    LetterTries.objects.update(begun_at=timezone.now() - timedelta(minutes=1))


def test_a_letter_that_fails_three_times_goes_out_as_plain_text_and_staff_are_told(
    cast: Cast,
    order: Order,
    no_letters: pytest.MonkeyPatch,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.ALERT_EMAILS = ["watch@vendor.example"]
    for tries in (1, 2):
        assert write_letters() == 0
        assert write_letters() == 0  # it waits a while
        assert LetterTries.objects.get().tries == tries
        assert claim(timezone.now()) == []
        wait()
    assert write_letters() == 1
    mail = sent(Message.objects.get(record__endswith="/R1"))
    assert mail.get_content_type() == "text/plain"
    text = text_of(mail)
    for serial in order.serials.all():
        assert serial.after is not None
        assert serial.after.number in text
    assert order.get_absolute_url() in text
    alert = sent(Message.objects.get(record=""))
    assert alert["To"] == "watch@vendor.example"
    assert str(mail["Subject"]) in text_of(alert)
    assert {record.message for record in caplog.records if record.levelno == logging.ERROR} == {
        "letter not written"
    }
    assert "the site's name" not in caplog.text


def test_staff_are_told_once_an_hour(
    cast: Cast, order: Order, no_letters: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.ALERT_EMAILS = ["watch@vendor.example"]
    cast.issue(cast.order_new("Pier 10", ISS_Expert=1))
    for _ in range(3):
        write_letters()
        wait()
    assert ConfirmationCopy.objects.filter(html="").count() == 2
    assert Message.objects.filter(record="").count() == 1


def test_a_try_counts_before_it_begins_since_a_process_may_die_of_a_letter(order: Order) -> None:
    LetterTries.objects.create(confirmation=confirmation_of(order), language="en", tries=3)
    wait()
    assert write_letters() == 1
    assert sent(Message.objects.get(record__endswith="/R1")).get_content_type() == "text/plain"


def test_one_that_works_the_second_time_is_whole(
    order: Order, no_letters: pytest.MonkeyPatch
) -> None:
    assert write_letters() == 0
    no_letters.undo()
    wait()
    assert write_letters() == 1
    assert pdf_pages(pdf_of(sent(Message.objects.get())))[0].startswith("License confirmation R1")
    assert not LetterTries.objects.exists()


def test_the_page_asked_for_ends_with_a_letter_in_any_case(
    order: Order, no_letters: pytest.MonkeyPatch
) -> None:
    content = content_of(Message.objects.get(record__endswith="/R1"))
    assert b"Content-Type: text/plain" in content
    assert LetterTries.objects.get().tries == 3
