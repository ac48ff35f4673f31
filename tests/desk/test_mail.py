"""The outbox at the desk: to read, and to try again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from outbox import actions
from outbox.actions import queue
from outbox.models import Message, PrivateContent
from tests.cast import NOW, Cast
from tests.desk.staffed import At
from tests.pages import linked, links

LIST = "/admin/outbox/message/"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk("outbox.view_message", "outbox.retry_message", "outbox.deal_with_message")


def mail(subject: str = "Confirmation", *, record: str = "abc/R1", failed: bool = True) -> Message:
    (message,) = queue([EmailMessage(subject, "Your serial", to=["ann@x.example"])], record=record)
    if failed:
        message.state, message.attempts = Message.State.FAILED, 70
        message.last_error = "550 <no> such user"
        message.failed_at, message.failed_for = NOW, Message.FailedFor.ADDRESS
        message.save()
    return message


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_tells_where_each_mail_stands(desk: Client, cast: Cast) -> None:
    mail("Failed mail")
    mail("Waiting mail", failed=False)
    page = shown(desk, LIST)
    for text in ("Failed mail", "Waiting mail", "ann@x.example", "70", "550 &lt;no&gt; such user"):
        assert text in page
    only = shown(desk, f"{LIST}?state__exact=failed")
    assert "Failed mail" in only
    assert "Waiting mail" not in only


@pytest.mark.parametrize("query", ["waiting M", "ANN@x", "abc/R1"])
def test_mail_is_found_by_subject_address_and_record(desk: Client, cast: Cast, query: str) -> None:
    mail("Waiting mail", failed=False)
    queue([EmailMessage("Other", "x", to=["bob@y.example"])], record="xyz/R9")
    page = shown(desk, f"{LIST}?q={query}")
    assert "Waiting mail" in page
    assert "bob@y.example" not in page


def test_a_record_is_read_and_private_mail_never(desk: Client, cast: Cast) -> None:
    assert "Your serial" in shown(desk, f"{LIST}{mail().pk}/change/")
    private = mail("Reset your password", record="", failed=False)
    page = shown(desk, f"{LIST}{private.pk}/change/")
    assert "Your serial" not in page
    assert "This mail is private." in page
    private.state, private.sent_at = Message.State.SENT, timezone.now()
    private.save()
    assert "This mail is private." in shown(desk, f"{LIST}{private.pk}/change/")


def test_an_expired_mail_says_so_and_is_not_tried_again(desk: Client, cast: Cast) -> None:
    private, over = mail("Reset your password", record=""), timezone.now()
    Message.objects.filter(pk=private.pk).update(expires_at=over)
    page, retry = f"{LIST}{private.pk}/change/", f"{LIST}{private.pk}/retry/"
    assert retry not in shown(desk, page)  # it is not erased yet
    assert "This mail has expired" in desk.post(retry, follow=True).content.decode()
    assert actions.expire(over) == 1
    assert "its text is erased" in shown(desk, page)
    assert "Expired" in shown(desk, f"{LIST}?state__exact=expired")
    assert "This mail has expired" in desk.post(retry, follow=True).content.decode()
    data = {"action": "try_again", "index": 0, "_selected_action": [private.pk]}
    assert "0 mails are queued again." in desk.post(LIST, data, follow=True).content.decode()
    private.refresh_from_db()
    assert private.state == "expired"
    assert not LogEntry.objects.exists()
    assert "Mail not delivered" in shown(desk, "/admin/")
    assert "Reset your password" not in shown(desk, "/admin/")


def test_what_a_mail_server_quotes_of_a_mail_opens_nothing(desk: Client, cast: Cast) -> None:
    message = mail()
    message.last_error = "550 see https://x.example/invitations/0123456789abcdefgh/ for why"
    message.save()
    for path in (LIST, f"{LIST}{message.pk}/change/"):
        page = shown(desk, path)
        assert "/invitations/[token]/ for why" in page
        assert "0123456789abcdefgh" not in page


def test_markup_in_a_mail_is_shown_as_text(desk: Client, cast: Cast) -> None:
    (message,) = queue(
        [EmailMessage("<script>a</script>", "<script>b</script>", to=["ann@x.example"])],
        record="abc/R1",
    )
    for path in (LIST, f"{LIST}{message.pk}/change/"):
        page = shown(desk, path)
        assert "<script>a" not in page
        assert "<script>b" not in page


def test_a_failed_mail_is_tried_again_and_says_who_asked(desk: Client, cast: Cast) -> None:
    message, before = mail(), timezone.now()
    assert "Try again" in shown(desk, f"{LIST}{message.pk}/change/")
    desk.post(f"{LIST}{message.pk}/retry/")
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)
    assert before <= message.due_at <= timezone.now() + dt.timedelta(seconds=1)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (cast.sales, str(message.pk))
    assert entry.get_change_message() == "Queued again to be sent."


def returned(message: Message) -> Message:
    came_back = {"state": "returned", "sent_at": NOW, "bounce": "0" * 64}
    Message.objects.filter(pk=message.pk).update(**came_back)
    PrivateContent.objects.filter(pk=message.pk).delete()
    return message


def test_a_mail_that_came_back_is_a_task_and_can_be_tried_again(desk: Client, cast: Cast) -> None:
    message = returned(mail("Came back"))
    assert "Came back" in shown(desk, "/admin/")
    assert "Came back" in shown(desk, f"{LIST}?task=open")
    assert "Came back" in shown(desk, f"{LIST}?state__exact=returned")
    page = shown(desk, f"{LIST}{message.pk}/change/")
    assert f"{LIST}{message.pk}/deal-with/" in links(page)
    assert "Returned" in page
    assert "The mail server refused the address." in page
    again = desk.post(f"{LIST}{message.pk}/retry/", follow=True).content.decode()
    assert "The mail is queued again, with all its tries." in again
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.failed_for) == ("queued", None, "")
    assert "Came back" not in shown(desk, f"{LIST}?task=open")


def test_private_mail_that_came_back_is_a_task_and_can_not_be_tried_again(
    desk: Client, cast: Cast
) -> None:
    message = returned(mail("Reset your password", record=""))
    assert "Reset your password" in shown(desk, "/admin/")
    retry = f"{LIST}{message.pk}/retry/"
    assert retry not in shown(desk, f"{LIST}{message.pk}/change/")
    assert "was erased once it was sent" in desk.post(retry, follow=True).content.decode()
    message.refresh_from_db()
    assert message.state == "returned"


def test_what_was_not_delivered_is_a_task_with_its_order_until_it_is_dealt_with(
    at_desk: At, cast: Cast
) -> None:
    desk = at_desk(
        *("orders.view_order", "outbox.view_message", "outbox.deal_with_message"),
    )
    order = cast.issue(cast.order_new("Pier 9"))
    assert order.revision
    message = mail("Yours", record=order.revision.confirmation.record)
    task = f"Not delivered to {message.recipients[0]}"
    first = shown(desk, "/admin/")
    assert task in " ".join(first.split())
    link = (f"/admin/orders/order/{order.pk}/change/#deliveries", str(order))
    assert link in linked(first)
    assert "Yours" in shown(desk, f"{LIST}?task=open")
    page = shown(desk, f"{LIST}{message.pk}/change/")
    assert "The mail server refused the address." in page
    assert link in linked(page)
    path = f"{LIST}{message.pk}/deal-with/"
    assert path in links(page)
    assert link in linked(shown(desk, path))
    assert "Say what was done" in desk.post(path, {"note": " "}).content.decode()
    assert (
        "off the list of tasks"
        in desk.post(path, {"note": "Called Ann."}, follow=True).content.decode()
    )
    message.refresh_from_db()
    assert (message.state, message.dealt_with_by, message.dealt_with_note) == (
        "failed",
        cast.sales.email,
        "Called Ann.",
    )
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_change_message()) == (cast.sales, "Dealt with: Called Ann.")
    assert "Not delivered to" not in shown(desk, "/admin/")
    assert "Yours" not in shown(desk, f"{LIST}?task=open")
    assert "Yours" in shown(desk, f"{LIST}?task=dealt_with")
    told = shown(desk, f"/admin/orders/order/{order.pk}/change/")
    assert "Called Ann." in told
    assert (
        "nothing to do about this mail"
        in desk.post(path, {"note": "Me too."}, follow=True).content.decode()
    )
    message.refresh_from_db()
    assert message.dealt_with_note == "Called Ann."


def test_the_page_of_an_order_tells_of_each_recipient_what_the_server_said(
    at_desk: At, cast: Cast
) -> None:
    desk = at_desk("orders.view_order", "outbox.view_message")
    order = cast.issue(cast.order_new("Pier 9"))
    assert order.revision
    mail(record=order.revision.confirmation.record)
    page = " ".join(shown(desk, f"/admin/orders/order/{order.pk}/change/").split())
    for text in (
        cast.buyer.email,
        "Queued",
        "ann@x.example",
        "The mail server refused the address",
        "550 &lt;no&gt; such user",
        "Nov 24, 2026, 9:00 AM CST",
    ):
        assert text in page, text
    assert "/admin/outbox/message/" in page
    closed = at_desk("orders.view_order").get(f"/admin/orders/order/{order.pk}/change/")
    assert "/admin/outbox/message/" not in closed.content.decode()


def test_dealing_with_needs_its_permission(at_desk: At, cast: Cast) -> None:
    message, client = mail(), at_desk("outbox.view_message", "outbox.retry_message")
    path = f"{LIST}{message.pk}/deal-with/"
    assert client.get(path).status_code == client.post(path, {"note": "x"}).status_code == 403
    assert path not in shown(client, f"{LIST}{message.pk}/change/")


def test_what_has_not_failed_is_left_alone(desk: Client, cast: Cast) -> None:
    message = mail(failed=False)
    assert "Try again<" not in shown(desk, f"{LIST}{message.pk}/change/")
    answer = desk.post(f"{LIST}{message.pk}/retry/", follow=True).content.decode()
    assert "This mail has not failed." in answer
    assert not LogEntry.objects.exists()


def test_several_are_tried_again_at_once(desk: Client, cast: Cast) -> None:
    failed, waiting = [mail(), mail()], mail(failed=False)
    chosen = [message.pk for message in (*failed, waiting)]
    data = {"action": "try_again", "index": 0, "_selected_action": chosen}
    answer = desk.post(LIST, data, follow=True).content.decode()
    assert "2 mails are queued again." in answer
    assert "1 has not failed, or has expired, and was left alone." in answer
    assert not Message.objects.filter(state="failed").exists()
    assert LogEntry.objects.filter(user=cast.sales).count() == 2


def test_trying_again_needs_its_permission_and_a_post(at_desk: At, cast: Cast) -> None:
    message, client = mail(), at_desk("outbox.view_message", "outbox.change_message")
    assert client.post(f"{LIST}{message.pk}/retry/").status_code == 403
    assert "Try again" not in shown(client, f"{LIST}{message.pk}/change/")
    data = {"action": "try_again", "index": 0, "_selected_action": message.pk}
    client.post(LIST, data)
    assert at_desk("outbox.retry_message").get(f"{LIST}{message.pk}/retry/").status_code == 405
    message.refresh_from_db()
    assert message.state == "failed"


def test_nobody_edits_a_mail(at_desk: At, cast: Cast) -> None:
    message, client = mail(), at_desk("outbox.view_message", "outbox.change_message")
    values = {"subject": "hacked", "state": "sent", "recipients": "[]"}
    assert client.post(f"{LIST}{message.pk}/change/", values).status_code == 403
    message.refresh_from_db()
    assert (message.subject, message.state) == ("Confirmation", "failed")
