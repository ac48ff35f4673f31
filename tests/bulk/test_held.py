"""The held orders of a file are told in one mail, with a link to answer for each."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders import actions as order_actions
from orders.actions import notifying
from orders.bulk import actions
from orders.models import Order
from orders.models.bulk import BulkUpload
from outbox.actions import claim, deliver
from outbox.archive import archive
from outbox.models import Message, PrivateContent
from tests.bulk.uploads import Desk, Row, existing, finish, row
from tests.cast import NOW, Cast
from tests.notifications.reading import html_of, sent, text_of
from tests.pages import links


class Taken:
    """A mail server that takes everything."""

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def held(number: int) -> list[Row]:
    return [existing(f"PO-{at}", "") for at in range(1, number + 1)]


def about_holds() -> list[Message]:
    return list(Message.objects.filter(record="").order_by("pk"))


def answer_links(message: Message) -> list[str]:
    found = [link for link in links(html_of(sent(message))) if "/orders/answer/" in link]
    assert re.findall(r"http\S+/orders/answer/\S+", text_of(sent(message))) == found
    return found


def test_one_mail_tells_all_of_them_and_leaves_when_the_file_is_placed(
    cast: Cast, desk: Desk
) -> None:
    upload = desk.place(*held(3), row("PO-9", site_name="Pier 9"))
    assert upload.tally == {"held": 3, "issued": 1}
    (mail,) = about_holds()
    letter = sent(mail)
    assert mail.recipients == [cast.buyer.email]
    assert str(letter["Subject"]) == mail.subject == "3 orders held · orders.csv"
    for number in ("PO-1", "PO-2", "PO-3"):
        assert number in text_of(letter)
    assert "PO-9" not in text_of(letter)
    assert f"http://localhost:8000{upload.get_absolute_url()}" in links(html_of(letter))
    assert mail.due_at <= timezone.now()


def test_each_has_a_link_for_people_who_never_log_in(cast: Cast, desk: Desk) -> None:
    desk.place(*held(3))
    (mail,) = about_holds()
    found = answer_links(mail)
    for link, order in zip(found, Order.objects.order_by("pk"), strict=True):
        page = Client().get(link.removeprefix("http://localhost:8000"))
        assert page.status_code == 200
        assert order.po_number in page.content.decode()


def test_one_held_order_gets_the_mail_of_one(desk: Desk) -> None:
    desk.place(*held(1), row("PO-9", site_name="Pier 9"))
    (mail,) = about_holds()
    assert mail.subject == "Order held · PO-1"


def test_a_file_of_sales_tells_the_member_who_has_no_page_of_the_file(
    cast: Cast, desk: Desk
) -> None:
    cast.buyer.language = "es"
    cast.buyer.save()
    upload = desk.place(*held(2), by=cast.sales, ordered_for=cast.buyer)
    (mail,) = about_holds()
    assert mail.recipients == [cast.buyer.email]
    assert mail.subject == "2 pedidos en espera · orders.csv"
    assert len(answer_links(mail)) == 2
    assert upload.get_absolute_url() not in text_of(sent(mail))


def test_a_long_file_is_told_in_mails_of_bounded_length(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "TOGETHER", 2)
    desk.place(*held(5))
    mails = about_holds()
    assert [len(answer_links(mail)) for mail in mails] == [2, 2, 1]
    told = [link for mail in mails for link in answer_links(mail)]
    assert len(set(told)) == 5, "each order is told once"
    assert all(mail.due_at <= timezone.now() for mail in mails)


def test_a_placing_that_breaks_off_has_told_what_it_held(desk: Desk, clock: Any) -> None:
    """In the same transaction; the mail leaves some minutes later by itself."""
    upload = actions.place(desk.preview(*held(3)), by=desk.cast.buyer)
    actions.go_on(upload, by=upload.by, seconds=0)
    assert Order.objects.count() == 1
    (mail,) = about_holds()
    assert claim(NOW) == []
    assert claim(NOW + notifying.WAITS) == [mail]


def test_orders_that_are_held_after_it_left_get_another_mail(desk: Desk) -> None:
    upload = actions.place(desk.preview(*held(3)), by=desk.cast.buyer)
    actions.go_on(upload, by=upload.by, seconds=0)
    late = NOW + notifying.WAITS
    [first] = claim(late)
    deliver(first, Taken(), late)
    finish(upload)
    left, second = about_holds()
    assert left.state == Message.State.SENT
    assert second.subject == "2 orders held · orders.csv"
    assert "PO-1" not in text_of(sent(second))


def test_an_order_and_its_news_are_one_transaction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the mail can't be queued, the order is not held."""
    upload = actions.place(desk.preview(*held(2)), by=desk.cast.buyer)

    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(notifying, "tell_held_file", broken)
        with pytest.raises(RuntimeError):
            finish(upload)
    assert not Order.objects.exists()
    assert not about_holds()
    finish(upload)
    assert [len(answer_links(mail)) for mail in about_holds()] == [2]


def test_going_on_again_tells_nothing_twice(desk: Desk) -> None:
    upload = desk.place(*held(2))
    BulkUpload.objects.filter(pk=upload.pk).update(phase="placing")
    upload.orders.update(is_placed=False, order=None)
    upload.refresh_from_db()
    finish(upload)
    (mail,) = about_holds()
    assert len(answer_links(mail)) == 2
    assert Order.objects.count() == 2


def test_what_was_answered_meanwhile_is_not_told(desk: Desk, cast: Cast) -> None:
    upload = actions.place(desk.preview(*held(3)), by=desk.cast.buyer)
    actions.go_on(upload, by=upload.by, seconds=0)
    order_actions.cancel(Order.objects.get(), by=cast.buyer)
    finish(upload)
    (mail,) = about_holds()
    assert "PO-1" not in text_of(sent(mail))
    assert len(answer_links(mail)) == 2


def test_it_is_private_and_ends_with_its_links(desk: Desk) -> None:
    desk.place(*held(2))
    (mail,) = about_holds()
    assert mail.expires_at is not None
    assert mail.expires_at > NOW + dt.timedelta(days=20)
    assert PrivateContent.objects.filter(pk=mail.pk).count() == 1


def test_a_preview_tells_nothing(desk: Desk) -> None:
    desk.preview(*held(2))
    assert not about_holds()


def test_the_mail_that_a_file_names_is_never_archived(desk: Desk) -> None:
    upload = desk.place(*held(1))
    at = timezone.now()
    for message in claim(at):
        deliver(message, Taken(), at)
    assert archive(at=at + dt.timedelta(days=9999)) == 0
    upload.refresh_from_db()
    assert upload.held_mail == Message.objects.get(state="sent")
