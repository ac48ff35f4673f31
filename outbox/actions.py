"""Queues mail, gives it to a worker, and records what happened to it.

A mail is delivered at least once: if a worker dies after the mail server accepted the mail and
before we recorded it, another worker sends it again with the same Message-ID.
"""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol, cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.core.mail.message import BadHeaderError, sanitize_address
from django.db import connection, transaction
from django.db.models import F, Field
from django.utils import timezone

from outbox.answers import Fault
from outbox.content import TIME_TO_WRITE, mime_of
from outbox.models import Message, PrivateContent
from outbox.transports import Deferred, Refused, Transport
from texts.addresses import stored_form

logger = logging.getLogger(__name__)

# A worker claims several mails by one statement, at most so many, and sends them one after another.
# It begins none of them later than BATCH_LASTS after that, and gives back the rest: so other
# workers, and mail that is queued meanwhile, wait for a moment only, and no lease ends too soon.
MOST_CLAIMED = 50
BATCH_LASTS = timedelta(seconds=2)

# A conversation with the mail server has about a dozen steps, each of which may take SMTP_TIMEOUT
# (30 s). Only a dead worker may lose its lease.
LEASE = timedelta(minutes=10)

# The waits between tries are 30 s, 1, 2, 4, 8, 16, 32 minutes and then 1 hour, each up to a fifth
# less or more. 70 tries have 7 short and 62 hourly waits between them: 50 hours at the least, so no
# mail is lost when a mail server is away for a whole day, or even two.
MAX_TRIES = 70
FIRST_WAIT = 30  # seconds
LONGEST_WAIT = 60 * 60  # seconds

# A mail server that takes no mail from us, because of a quota or a rule, is asked six times in
# two days. Staff are told at the first refusal: it is for them to mend.
WAITS_AFTER_REFUSALS = [timedelta(hours=hours) for hours in (1, 3, 8, 12, 24)]
FINAL = {
    Fault.ADDRESS: Message.FailedFor.ADDRESS,
    Fault.CONTENT: Message.FailedFor.CONTENT,
}

# How long private mail is kept when its sender names no end: the two days of tries, and some days
# for staff to mend what is wrong. Then it expires.
PRIVATE_LIFE = timedelta(days=7)
ERASED_AT_ONCE = 1000  # mails


def queue(messages: Sequence[EmailMessage], *, record: str = "") -> list[Message]:
    """Queues mails in the caller's transaction, by one INSERT, a row for each recipient.

    Mails without a record are private: another INSERT puts their content into a table that staff
    never see. Raises BadHeaderError when a header or an address has a line break, and ValueError
    when an address is not valid; nothing is queued then.
    """
    rendered = [each for message in messages for each in _rendered(message, record)]
    rows = [row for row, _raw in rendered]
    if record:
        for row, raw in rendered:
            row.raw = raw
        return Message.objects.bulk_create(rows)
    with transaction.atomic(savepoint=False):
        queued = Message.objects.bulk_create(rows)
        PrivateContent.objects.bulk_create(
            PrivateContent(message=row, raw=raw) for row, raw in rendered
        )
    return queued


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A mail whose letter is written later, see `outbox.content`."""

    recipient: str
    subject: str
    drawing: Mapping[str, Any]  # what the one who draws it has to know, as JSON


def queue_undrawn(mails: Sequence[Undrawn], *, record: str, drawn_by: str) -> list[Message]:
    """Queues mails of a record in the caller's transaction, by one INSERT, without their content.

    They leave as soon as their letter is written. Raises as `queue` does.
    """
    sender = _bare_address(settings.DEFAULT_FROM_EMAIL)
    rows = [_row(each.subject, sender, _bare_address(each.recipient), record) for each in mails]
    for row, mail in zip(rows, mails, strict=True):
        row.drawn_by, row.drawing = drawn_by, dict(mail.drawing)
        row.due_at = row.queued_at + TIME_TO_WRITE
    return Message.objects.bulk_create(rows)


def head_of(mail: EmailMessage, row: Message) -> bytes:
    """All headers of a mail as it is sent from now on, but those about its content."""
    mime = mail.message()
    for name in ("Content-Type", "Content-Transfer-Encoding", "Date"):
        del mime[name]
    mime["Date"] = format_datetime(row.queued_at)
    _mark(mime, row)
    return as_sent(mime).partition(b"\r\n\r\n")[0] + b"\r\n"


def ends(message: EmailMessage, at: datetime) -> None:
    """Sets the end of a private mail's use: the moment when the link in it ends."""
    vars(message)["expires_at"] = at


def waits(message: EmailMessage, until: datetime) -> None:
    """Sets when the mail leaves at last, if `rewrite` or `hurry` changes nothing before."""
    vars(message)["due_at"] = until


def rewrite(queued: Message, message: EmailMessage) -> bool:
    """Puts another private mail in place of one, in the caller's transaction.

    False once a worker has taken that one: it may have arrived.
    """
    [(row, raw)] = _rendered(message, "")
    names = ["recipients", "subject", "message_id", "expires_at", "due_at", "queued_at"]
    untouched = Message.objects.untouched().filter(pk=queued.pk, record="")
    if not untouched.update(**{name: getattr(row, name) for name in names}):
        return False
    PrivateContent.objects.filter(pk=queued.pk).update(raw=raw)
    return True


def hurry(queued: Message, at: datetime) -> None:
    """Lets a mail that waits leave now."""
    Message.objects.untouched().filter(pk=queued.pk, due_at__gt=at).update(due_at=at)


def database_time() -> datetime:
    """The clock that workers on several machines share, for `at`.

    With clocks of their own, a worker whose clock is ahead by more than LEASE would take mails that
    others are sending. A web server's clock only dates the mails that it queues: if it is ahead by
    a minute, its mail leaves a minute late.
    """
    if connection.vendor == "sqlite":  # it is on the same machine, and its clock counts in seconds
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return cast("datetime", now)


def claim(at: datetime, *, most: int = MOST_CLAIMED) -> list[Message]:
    """The most overdue mails, leased to the caller for LEASE; none when nothing is due.

    What a worker left that died is claimed alone: it may be what the worker died of.
    """
    with transaction.atomic(durable=True):  # no mail server may be talked to inside a transaction
        _walk_in_order()
        due = Message.objects.due(at).select_for_update(skip_locked=True)
        messages = _to_claim(list(due.order_by("due_at", "pk")[:most]))
        if messages:
            _lease(messages, at)
    if messages:
        logger.info("mail claimed", extra={"mails": len(messages)})
    return messages


def _walk_in_order() -> None:
    """Has PostgreSQL walk the index of what waits, until it has enough.

    It knows only how many waited when it last counted. Where it takes them for a few, it would read
    and sort all of them for each claim.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_bitmapscan = off")


def _to_claim(due: list[Message]) -> list[Message]:
    if due and due[0].state == Message.State.SENDING:
        return due[:1]
    return [message for message in due if message.state == Message.State.QUEUED]


def _lease(messages: list[Message], at: datetime) -> None:
    state, claim, until = Message.State.SENDING, uuid4(), at + LEASE
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=state, claim=claim, attempts=F("attempts") + 1, due_at=until
    )
    for message in messages:
        message.state, message.claim, message.due_at = state, claim, until
        message.attempts += 1


def give_back(messages: Sequence[Message]) -> None:
    """Lets any worker claim these mails now. The caller claimed them together and tried none."""
    if messages:
        ours = Message.objects.filter(pk__in=[each.pk for each in messages])
        ours.filter(claim=messages[0].claim).update(
            state=Message.State.QUEUED,
            claim=None,
            attempts=F("attempts") - 1,
            due_at=F("queued_at"),
        )


def deliver(message: Message, transport: Transport, at: datetime) -> None:
    """Sends a claimed mail and records the outcome, including any error of the transport."""
    try:
        [recipient] = message.recipients
        transport.send(message.sender, recipient, content_of(message))
    except Refused as error:
        _take_refusal(message, error, at)
    except Exception as error:  # even a bug of ours must not stop the mails behind this one
        _try_again(message, error, at)
    else:
        _mark_sent(message, at)


def content_of(message: Message) -> bytes:
    """The bytes to send. Private mail takes one more statement; a letter may have to be written."""
    if message.drawn_by:
        return mime_of(message)
    if message.record:
        return bytes(cast("bytes", message.raw))  # see the constraints
    return bytes(PrivateContent.objects.get(pk=message.pk).raw)


def expire(at: datetime) -> int:
    """Erases private mail that has expired, failed mail included; answers how many.

    A worker does it once a minute. It skips rows that other workers are erasing.
    """
    with transaction.atomic():
        over = Message.objects.over(at).select_for_update(skip_locked=True).order_by("pk")
        keys = list(over.values_list("pk", flat=True)[:ERASED_AT_ONCE])
        if keys:
            PrivateContent.objects.filter(pk__in=keys).delete()
            Message.objects.filter(pk__in=keys).update(state=Message.State.EXPIRED, claim=None)
            logger.warning("mail expired", extra={"mails": len(keys)})
    return len(keys)


def send_now(message: EmailMessage, transport: Transport) -> bool:
    """Sends a mail past the queue, once, without a copy. False if no recipient's was accepted."""
    taken = [_is_taken(row, raw, transport) for row, raw in _rendered(message, "")]
    return any(taken)


def _is_taken(row: Message, raw: bytes, transport: Transport) -> bool:
    try:
        transport.send(row.sender, row.recipients[0], raw)
    except Exception as error:  # as in deliver()
        logger.warning("mail not taken", extra=_named(row) | {"error": type(error).__name__})
        return False
    return True


class Staff(Protocol):
    """A person who looks after mail. Users belong to an app above this one."""

    def may_as_staff(self, permission: str) -> bool: ...
    def get_username(self) -> str: ...


def can_retry(user: Staff) -> bool:
    return user.may_as_staff("outbox.retry_message")


def can_deal_with(user: Staff) -> bool:
    return user.may_as_staff("outbox.deal_with_message")


def retry(message: Message, *, by: Staff, at: datetime) -> bool:
    """Queues a mail that failed or came back again, with all its tries.

    False if there is nothing to try again, or its content has expired or was erased.
    """
    if not can_retry(by):
        raise PermissionDenied("Only sales queues failed mail again.")
    again = Message.objects.to_try_again(at).filter(pk=message.pk)
    return bool(
        again.update(
            state=Message.State.QUEUED,
            sent_at=None,
            attempts=0,
            refusals=0,
            due_at=at,
            failed_at=None,
            failed_for="",
            dealt_with_at=None,
            dealt_with_by="",
            dealt_with_note="",
        )
    )


def deal_with(message: Message, *, by: Staff, at: datetime, note: str) -> bool:
    """Records that a person dealt with undelivered mail in another way. The task is done.

    False when there is no task: it did not fail or come back, or somebody else dealt with it first.
    """
    if not can_deal_with(by):
        raise PermissionDenied("Only sales deals with failed mail.")
    task = Message.objects.undealt().filter(pk=message.pk)
    who = by.get_username()
    return bool(task.update(dealt_with_at=at, dealt_with_by=who, dealt_with_note=note))


def _rendered(message: EmailMessage, record: str) -> list[tuple[Message, bytes]]:
    recipients = dict.fromkeys(map(_bare_address, message.recipients()))
    return [_render(message, recipient, record) for recipient in recipients]


def _render(message: EmailMessage, recipient: str, record: str) -> tuple[Message, bytes]:
    mime = message.message()
    row = _row(str(message.subject), _bare_address(message.from_email), recipient, record)
    _mark(mime, row)
    row.due_at = vars(message).get("due_at", row.queued_at)
    if not record:
        row.expires_at = vars(message).get("expires_at", row.expires_at)
    return row, as_sent(mime)


def _row(subject: str, sender: str, recipient: str, record: str) -> Message:
    token = uuid4().hex  # no stranger can guess it, and so say that the mail came back
    now = timezone.now()
    return Message(
        record=record,
        sender=_comes_back_to(token) or sender,
        recipients=[recipient],
        subject=subject,
        message_id=f"<{token}@{sender.rpartition('@')[2]}>",
        expires_at=None if record else now + PRIVATE_LIFE,
        due_at=now,
        queued_at=now,
    )


def _mark(mime: Any, row: Message) -> None:
    """Gives a mail its name, and says that a machine wrote it."""
    del mime["Message-ID"], mime["Bcc"]
    mime["Message-ID"] = row.message_id
    mime["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it


def _comes_back_to(token: str) -> str:
    """The address for bounces of the mail with that token, if there is a mailbox for them."""
    if not settings.BOUNCE_ADDRESS:
        return ""
    local, _, domain = _bare_address(settings.BOUNCE_ADDRESS).rpartition("@")
    return f"{local}+{token}@{domain}"


def as_sent(mime: Any) -> bytes:
    """The bytes of a mail, in the form that an .eml file has, too."""
    # Django has folded the headers that it encoded. Folded once more, a subject would begin with a
    # blank that some programs show. A line may have 998 characters.
    mime.policy = mime.policy.clone(max_line_length=900)
    return bytes(mime.as_bytes(linesep="\r\n"))


def _bare_address(address: str) -> str:
    """“Ann <ann@bücher.example>” in the form of mail servers: ann@xn--bcher-kva.example."""
    if "\n" in address or "\r" in address:
        raise BadHeaderError("An address can't contain line breaks.")
    sanitize_address(address, settings.DEFAULT_CHARSET)
    stored = stored_form(parseaddr(address)[1])
    return parseaddr(sanitize_address(stored, settings.DEFAULT_CHARSET))[1]


def _mark_sent(message: Message, at: datetime) -> None:
    outcome = {"state": Message.State.SENT, "sent_at": at, "last_error": ""}
    if message.record:
        _settle(message, "mail sent", {}, **outcome)
        return
    with transaction.atomic():
        if _settle(message, "mail sent", {}, **outcome):
            PrivateContent.objects.filter(pk=message.pk).delete()


def _take_refusal(message: Message, error: Refused, at: datetime) -> None:
    """Records a refusal. Faults of the address or the mail are final; other faults may be
    mended.
    """
    if error.fault in FINAL:
        _fail(message, error, FINAL[error.fault], at)
    elif error.fault is Fault.MAILBOX_FULL:
        _try_again(message, error, at, at_last=Message.FailedFor.ADDRESS)
    elif message.refusals < len(WAITS_AFTER_REFUSALS):
        wait = timedelta(seconds=_spread(WAITS_AFTER_REFUSALS[message.refusals].total_seconds()))
        _put_off(message, error, at + wait, refusals=message.refusals + 1)
    else:
        _fail(message, error, Message.FailedFor.POLICY, at)


def _try_again(
    message: Message,
    error: Exception,
    at: datetime,
    at_last: Message.FailedFor = Message.FailedFor.TRIES,
) -> None:
    """Later, or it has failed for the reason `at_last` when all its tries are used up."""
    if message.attempts >= MAX_TRIES:
        _fail(message, error, at_last, at)
    else:
        _put_off(message, error, at + _wait_after(message.attempts))


def _put_off(message: Message, error: Exception, due_at: datetime, **counted: int) -> None:
    facts = {"error": type(error).__name__, "next_try": due_at.isoformat(timespec="seconds")}
    outcome = {"due_at": due_at, "last_error": _reply(error), **counted}
    _settle(message, "mail put off", facts, state=Message.State.QUEUED, **outcome)


def _fail(message: Message, error: Exception, why: Message.FailedFor, at: datetime) -> None:
    log = "mail refused" if why in FINAL.values() else "mail given up"
    facts = {"error": type(error).__name__}
    outcome = {"failed_at": at, "failed_for": why, "last_error": _reply(error)}
    _settle(message, log, facts, state=Message.State.FAILED, **outcome)


def _wait_after(attempts: int) -> timedelta:
    seconds = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return timedelta(seconds=_spread(seconds))


def _spread(seconds: float) -> float:
    """Up to a fifth less or more, so that not all mails come back at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def _settle(message: Message, log: str, facts: dict[str, str], **outcome: Any) -> bool:
    """Records the outcome, unless the lease was over and another worker has the mail.

    The log gets only the type of an error: a mail server's words may name people.
    """
    settled = _note(message, claim=None, **outcome)
    if not settled:
        log += ", but the lease was over"
    logger.info(log, extra=_named(message) | facts)
    return settled


def _note(message: Message, **outcome: Any) -> bool:
    """Writes the outcome of a mail that is still ours. False if it is not.

    The SQL is put together here, for the ORM takes longer to do it than the mail server to take a
    mail. On PostgreSQL its COMMIT does not wait for the disk. A worker that is killed loses nothing
    by it. Should PostgreSQL itself crash, the answers since the last claim, which does wait, may be
    lost: their mails are sent again when their lease is over.
    """
    at_ease = "AND set_config('synchronous_commit', 'off', true) = 'off'"
    names = ", ".join(f'"{name}" = %s' for name in outcome)
    sql = f'UPDATE "outbox_message" SET {names} WHERE "id" = %s AND "claim" = %s '  # noqa: S608 - our names
    values = [*outcome.items(), ("id", message.pk), ("claim", message.claim)]
    with connection.cursor() as cursor:
        cursor.execute(
            sql + (at_ease if connection.vendor == "postgresql" else ""),
            [_field(name).get_db_prep_save(value, connection) for name, value in values],
        )
        return bool(cursor.rowcount)


def _field(name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", Message._meta.get_field(name))


def _named(message: Message) -> dict[str, Any]:
    """The fields of a log line about a mail. They do not tell the recipient."""
    return {"message_id": message.message_id, "attempt": message.attempts}


def _reply(error: Exception) -> str:
    """The mail server's words, or the error, as text that any database accepts."""
    answered = isinstance(error, Refused | Deferred)
    said = str(error) if answered else f"{type(error).__name__}: {error}"
    return said.encode(errors="replace").decode().replace("\0", "")[:1000]
