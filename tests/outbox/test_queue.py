"""Mail is queued, and none is when it must not be."""

import datetime as dt
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import FieldError
from django.core.mail import EmailMessage, send_mail
from django.core.mail.message import BadHeaderError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from outbox import actions
from outbox.models import Message, PrivateContent
from tests.outbox.sample_mail import mail

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = timezone.now()


def test_a_mail_is_queued_with_its_envelope_and_bytes() -> None:
    original = mail()
    original.attach_alternative("<p>Hello</p>", "text/html")
    [message] = actions.queue([original], record="7k3m9qwx4t/R4")
    message.refresh_from_db()
    assert message.sender == "licenses@vendor.example"
    assert message.recipients == ["ann@dealer.example"]
    assert (message.record, message.state, message.attempts) == ("7k3m9qwx4t/R4", "queued", 0)
    parsed = message_from_bytes(actions.content_of(message), policy=policy.default)
    assert parsed["Message-ID"] == message.message_id
    assert parsed["Subject"] == message.subject == "Order 7k3m9qwx4t: your licenses"
    assert parsed["Date"].datetime
    body = parsed.get_body(("plain",))
    assert body
    text = body.get_content()
    assert text.splitlines() == original.body.splitlines()


def test_each_recipient_is_a_row_once() -> None:
    """So each has a state of its own, and a refused one holds no other up."""
    messages = actions.queue(
        [mail(cc=["b@x.example"], bcc=["Secret <c@x.example>", "b@x.example"]), mail()],
        record="R1",
    )
    assert [message.recipients for message in messages] == [
        ["ann@dealer.example"],
        ["b@x.example"],
        ["c@x.example"],
        ["ann@dealer.example"],
    ]
    assert len({message.message_id for message in messages}) == 4
    parsed = [message_from_bytes(actions.content_of(message)) for message in messages]
    assert [each["Message-ID"] for each in parsed] == [each.message_id for each in messages]
    assert [each["Cc"] for each in parsed] == ["b@x.example"] * 3 + [None]


def test_a_message_id_is_random_at_the_domain_of_the_sender() -> None:
    one, two = actions.queue([mail(), mail(from_email="me@bücher.example")])
    assert one.message_id.endswith("@vendor.example>")
    assert two.message_id.endswith("@xn--bcher-kva.example>")
    assert one.message_id.split("@")[0] != two.message_id.split("@")[0]


@pytest.mark.parametrize("hidden", [{"bcc": ["c@x.example"]}, {"headers": {"Bcc": "c@x.example"}}])
def test_bcc_is_not_in_the_bytes(hidden: dict[str, object]) -> None:
    for message in actions.queue([mail(**hidden)]):
        raw = actions.content_of(message)
        assert b"c@x.example" not in raw
        assert "Bcc" not in message_from_bytes(raw)  # a Message-ID may have those letters


def test_three_mails_are_one_statement() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        messages = actions.queue([mail(), mail(), mail()], record="R1")
    kinds = [statement["sql"].split()[0] for statement in statements]
    assert kinds == ["INSERT"]
    assert sorted(message.pk for message in messages) == sorted(
        Message.objects.values_list("pk", flat=True)
    )


def test_private_mail_is_kept_apart_by_one_statement_more() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        messages = actions.queue([mail(), mail()])
    assert [statement["sql"].split()[0] for statement in statements] == ["INSERT", "INSERT"]
    assert not Message.objects.exclude(raw=None).exists()
    for message in messages:
        content = PrivateContent.objects.get(pk=message.pk)
        assert message.message_id.encode() in bytes(content.raw)


def test_no_name_leads_from_a_mail_to_its_private_content() -> None:
    [message] = actions.queue([mail()])
    assert not [name for name in dir(message) if "private" in name.lower()]
    for name in ("privatecontent", "private_content", "content", "outbox_privatecontent"):
        with pytest.raises(FieldError):
            Message.objects.filter(**{f"{name}__raw__regex": b"."}).exists()


def test_a_mail_to_nobody_is_left_out() -> None:
    assert actions.queue([mail(to=[]), mail()]) == list(Message.objects.all())
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_leaves_nothing() -> None:
    with transaction.atomic():
        actions.queue([mail()])
        assert Message.objects.count() == 1
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("field", ["subject", "from_email", "to", "cc", "bcc"])
def test_a_line_break_in_a_header_is_refused(field: str, break_: str) -> None:
    hostile = f"ann@dealer.example{break_}Bcc: thief@x.example"
    value = hostile if field in {"subject", "from_email"} else [hostile]
    with pytest.raises(BadHeaderError):
        actions.queue([mail(), mail(**{field: value})])
    assert Message.objects.count() == 0


@pytest.mark.parametrize("address", ["nobody@", "a@x.example, b@x.example", "a@x.example b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="Invalid address"):
        actions.queue([mail(), mail(bcc=[address])])
    assert Message.objects.count() == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_bytes_have_whole_line_ends_and_short_lines(body: str) -> None:
    """A lone CR or LF would let a text smuggle in a second mail; RFC 5321 limits lines."""
    _row, raw = actions._render(mail(body=body), "ann@dealer.example", "")
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998


def test_what_django_sends_is_queued_as_private_mail(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    assert send_mail("Reset", "Secret link", "licenses@vendor.example", ["ann@dealer.example"]) == 1
    message = Message.objects.get()
    assert (message.record, message.subject) == ("", "Reset")
    assert message.raw is None
    assert b"Secret link" in actions.content_of(message)
    assert message.expires_at == message.queued_at + actions.PRIVATE_LIFE
    assert EmailMessage("To nobody", connection=None).send() == 0


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        pytest.param({"state": "lost"}, "state_is_known", id="unknown-state"),
        pytest.param({"state": "sent"}, "sent_has_a_time", id="sent-without-time"),
        pytest.param({"sent_at": NOW}, "sent_has_a_time", id="time-without-sent"),
        pytest.param({"state": "sending"}, "sending_has_a_claim", id="sending-without-claim"),
        pytest.param({"claim": "0" * 32}, "sending_has_a_claim", id="claim-without-sending"),
        pytest.param({"raw": None}, "private_content_is_apart", id="queued-and-erased"),
        pytest.param(
            {"state": "sent", "sent_at": NOW, "raw": None},
            "private_content_is_apart",
            id="record-erased",
        ),
        pytest.param(
            {"record": "", "expires_at": NOW}, "private_content_is_apart", id="private-among-others"
        ),
        pytest.param({"record": "", "raw": None}, "only_private_mail_ends", id="private-for-ever"),
        pytest.param({"expires_at": NOW}, "only_private_mail_ends", id="record-that-ends"),
        pytest.param({"state": "expired"}, "only_private_mail_expires", id="record-expired"),
        pytest.param({"failed_at": NOW}, "only_failed_mail_says_why", id="time-without-failure"),
        pytest.param({"failed_for": "tries"}, "only_failed_mail_says_why", id="why-not-failed"),
        pytest.param(
            {"dealt_with_at": NOW, "dealt_with_by": "sales"}, "dealt_with_says_who", id="no-task"
        ),
        pytest.param(
            {"state": "failed", "dealt_with_at": NOW}, "dealt_with_says_who", id="by-nobody"
        ),
        pytest.param(
            {"state": "failed", "dealt_with_note": "Called."}, "dealt_with_says_who", id="never"
        ),
        pytest.param(
            {"state": "returned", "sent_at": NOW, "failed_at": NOW, "failed_for": "address"},
            "returned_by_a_bounce",
            id="returned-by-nothing",
        ),
        pytest.param(
            {"state": "returned", "sent_at": NOW, "failed_at": NOW, "bounce": "x"},
            "returned_by_a_bounce",
            id="returned-and-nobody-knows-why",
        ),
        pytest.param(
            {"state": "returned", "failed_at": NOW, "failed_for": "address", "bounce": "x"},
            "sent_has_a_time",
            id="returned-and-never-sent",
        ),
    ],
)
def test_the_database_holds_what_must_hold(broken: dict[str, object], constraint: str) -> None:
    [message] = actions.queue([mail()], record="R1")
    with pytest.raises(IntegrityError, match=f"outbox_message_{constraint}"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**broken)


def test_the_queryset_answers_questions() -> None:
    queued, sent, failed, _ = actions.queue([mail(), mail(), mail(), mail()], record="R1")
    [other] = actions.queue([mail()], record="R2")
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOW)
    Message.objects.filter(pk=failed.pk).update(state="failed")
    Message.objects.filter(pk=queued.pk).update(state="sending", claim="0" * 32)
    assert Message.objects.of_record("R2").get() == other
    assert Message.objects.of_record("R1").waiting().count() == 2
    assert Message.objects.due(other.due_at).count() == 3
    assert Message.objects.due(NOW).count() == 0


# Mail that waits for more to tell ----------------------------------------------------------


LATER = NOW + dt.timedelta(minutes=10)


def waiting() -> Message:
    first = mail(body="One order.")
    actions.waits(first, LATER)
    [queued] = actions.queue([first])
    return queued


def test_a_mail_that_waits_is_taken_when_its_time_comes_or_it_is_hurried() -> None:
    queued = waiting()
    assert actions.claim(LATER - dt.timedelta(seconds=1)) == []
    actions.hurry(queued, NOW)
    assert actions.claim(NOW) == [queued]


def test_a_mail_that_waits_tells_more_under_a_name_of_its_own() -> None:
    queued = waiting()
    before = queued.message_id
    assert actions.rewrite(queued, mail(body="Two orders.", subject="Two", to=["b@x.example"]))
    queued.refresh_from_db()
    assert (queued.subject, queued.recipients) == ("Two", ["b@x.example"])
    parsed = message_from_bytes(actions.content_of(queued), policy=policy.default)
    assert parsed["Message-ID"] == queued.message_id != before
    assert parsed.get_content().strip() == "Two orders."
    assert Message.objects.count() == PrivateContent.objects.count() == 1


def test_a_mail_that_a_worker_has_taken_stays_as_it_is() -> None:
    """Also after a failed try: it may have arrived all the same."""
    queued = waiting()
    [claimed] = actions.claim(LATER)
    for state in (Message.State.SENDING, Message.State.QUEUED):
        Message.objects.filter(pk=queued.pk).update(
            state=state, claim=claimed.claim if state == Message.State.SENDING else None
        )
        assert not actions.rewrite(queued, mail(body="Two orders."))
        actions.hurry(queued, NOW)
        queued.refresh_from_db()
        assert b"One order." in actions.content_of(queued)
        assert queued.due_at > LATER


def test_a_record_is_never_rewritten() -> None:
    [kept] = actions.queue([mail()], record="R1")
    assert not actions.rewrite(kept, mail(body="Something else."))
