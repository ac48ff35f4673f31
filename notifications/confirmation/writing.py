"""Writes the letters of confirmations, once in each language, and keeps them.

An issue commits the facts, the recipients and the rows of the queue. The letter is written after
it, by the first of these that comes: `manage.py write_letters`, a person who opens its page, or the
worker that sends a mail of it. The first one that is kept is the letter. With it each mail gets its
headers and its hash, so words, settings and layout are those of that moment for ever.

What is missing is asked of the database each time, so nothing is lost with a process.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone
from django.utils.translation import override

from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.letters import Written, file_name, write, write_plainly
from notifications.confirmation.wording import subject_of
from notifications.letter_alerts import tell_plain
from notifications.links import wishes_url
from notifications.mailing import ANYBODYS_WISHES, address, subscriber_for
from notifications.models import Confirmation, ConfirmationCopy, LetterTries
from notifications.rules.recipients import Recipient, Topic, Why
from outbox.actions import head_of
from outbox.content import Attachment, Parts, freeze
from outbox.letters import Letter
from outbox.models import Message
from texts.as_json import from_json

logger = logging.getLogger(__name__)

CONFIRMATION = "confirmation"  # who draws its mails, see `outbox.content`
TRIES = 3  # then it goes out as plain text
WAIT = dt.timedelta(seconds=30)  # after a try, in which another process may be at it
AT_ONCE = 200  # mails that are looked at

BEGIN = """
INSERT INTO notifications_lettertries (confirmation_id, language, tries, begun_at)
VALUES (%s, %s, 1, %s)
ON CONFLICT (confirmation_id, language) DO UPDATE
SET tries = notifications_lettertries.tries + 1, begun_at = excluded.begun_at
WHERE notifications_lettertries.begun_at <= %s
RETURNING tries
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the letters are doing."""

    letters: int  # confirmations with a mail that has no letter yet
    oldest: dt.datetime | None  # since when the oldest of them is queued
    plain: int  # letters that went out as plain text within a day


def measure(at: dt.datetime) -> Waiting:
    """Two statements. Their cost grows with what is missing, not with what is written."""
    missing = Message.objects.undrawn().aggregate(
        letters=Count("record", distinct=True), oldest=Min("queued_at")
    )
    plain = LetterTries.objects.filter(plain_at__gt=at - dt.timedelta(days=1)).count()
    return Waiting(**missing, plain=plain)


def subject_in(language: str, facts: ConfirmationFacts) -> str:
    with override(language):
        return subject_of(facts)


def told_of(recipient: Recipient) -> dict[str, Any]:
    """The facts about a recipient that its mail is drawn from, besides the address."""
    return {
        "language": recipient.language,
        "why": recipient.why.value,
        "company": recipient.company,
    }


def languages_of(confirmation: Confirmation) -> list[str]:
    """The languages of its letters, written or not."""
    return confirmation.languages or list(
        confirmation.copies.values_list("language", flat=True)
    )  # the second are from before languages were kept


def written_in(copy: ConfirmationCopy) -> Written:
    """The letter and the PDF as they were sent."""
    return Written(Letter(copy.subject, copy.text, copy.html), copy.document)


# Written when somebody asks for it -----------------------------------------------------------


def letter_in(language: str, confirmation: Confirmation) -> ConfirmationCopy:
    """The letter in one of its languages. One that is missing is written now, plainly at last."""
    copies = ConfirmationCopy.objects.filter(confirmation=confirmation, language=language)
    copy = copies.first()
    while copy is None:
        now = timezone.now()
        number = _begun(confirmation, language, now, unless_after=now)
        copy = _tried(confirmation, language, number)
    return copy


def draw(message: Message) -> Parts:
    """Gives the outbox the letter of a mail, as `outbox.content` asks for it."""
    confirmation = _found(message.record)
    copy = letter_in(_known(message)["language"], confirmation)
    if message.head is None or "links" not in _known(message):  # it was read before
        _freeze(confirmation, copy)
        message.refresh_from_db(fields=["head", "fingerprint", "drawing", "subject"])
    return _parts(message, copy)


# Written ahead -------------------------------------------------------------------------------


def write_some(at: dt.datetime) -> int:
    """Writes letters that are missing, and gives written ones to mails that wait for them.

    Answers how many it dealt with; 0 when there is nothing to do, or to try again, for now.
    """
    undrawn = Message.objects.undrawn().filter(drawn_by=CONFIRMATION).order_by("pk")
    waiting = undrawn.values_list("record", "drawing")[:AT_ONCE]
    missing: dict[tuple[str, str], None] = {}
    for record, drawing in waiting:
        missing[record, cast("dict[str, Any]", drawing)["language"]] = None
    lately = LetterTries.objects.filter(plain_at=None, begun_at__gt=at - WAIT)
    for tried in lately.values_list("confirmation__record", "language"):
        missing.pop(tried, None)
    return sum(_write(record, language) for record, language in missing)


def _write(record: str, language: str) -> bool:
    """False if another process is at it, or it failed."""
    confirmation = _found(record, language)
    if confirmation.has_letter:  # type: ignore[attr-defined]  # annotated
        _freeze(confirmation, confirmation.copies.get(language=language))
        return True
    now = timezone.now()
    number = _begun(confirmation, language, now, unless_after=now - WAIT)
    return bool(number) and _tried(confirmation, language, number) is not None


def _found(record: str, language: str = "") -> Confirmation:
    letters = ConfirmationCopy.objects.filter(confirmation=OuterRef("pk"), language=language)
    rows = Confirmation.objects.select_related("revision__installation")
    found: Confirmation = rows.annotate(has_letter=Exists(letters)).get(record=record)
    return found


# A try ---------------------------------------------------------------------------------------


def _begun(
    confirmation: Confirmation, language: str, at: dt.datetime, *, unless_after: dt.datetime
) -> int:
    """Counts a try before it begins, and gives its number. 0: there was one after that moment."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        values: list[Any] = [confirmation.pk, language, adapt(at), adapt(unless_after)]
        cursor.execute(BEGIN, values)
        row = cursor.fetchone()
    return row[0] if row else 0


def _tried(confirmation: Confirmation, language: str, number: int) -> ConfirmationCopy | None:
    """None if it failed, and will be tried again."""
    facts = from_json(confirmation.facts, ConfirmationFacts)
    if number <= TRIES:
        try:
            written = write(facts, language)
        except Exception as error:
            _log(confirmation, language, error)
            if number < TRIES:
                return None
        else:
            return _keep(confirmation, language, written)
    return _keep(confirmation, language, write_plainly(facts, language))


def _log(confirmation: Confirmation, language: str, error: Exception) -> None:
    """Leaves out the error's message, which may quote what people typed."""
    facts = {"confirmation": confirmation.record, "language": language}
    logger.error("letter not written", extra={**facts, "error": type(error).__name__})


def _keep(confirmation: Confirmation, language: str, written: Written) -> ConfirmationCopy:
    """The copy that is kept from now on: this one, or the one that was kept before it."""
    copy = _copy(confirmation, language, written)
    try:
        with transaction.atomic():
            copy.save(force_insert=True)
            _end_tries(confirmation, language, plainly=not copy.html)
            _freeze(confirmation, copy)
    except IntegrityError:  # another process was faster
        LetterTries.objects.filter(
            confirmation=confirmation, language=language, plain_at=None
        ).delete()
        copy = confirmation.copies.get(language=language)
    return copy


def _end_tries(confirmation: Confirmation, language: str, *, plainly: bool) -> None:
    tries = LetterTries.objects.filter(confirmation=confirmation, language=language)
    if not plainly:
        tries.delete()
        return
    now = timezone.now()
    tell_plain(confirmation, at=now)
    tries.update(plain_at=now)


def _copy(confirmation: Confirmation, language: str, written: Written) -> ConfirmationCopy:
    return ConfirmationCopy(
        confirmation=confirmation,
        language=language,
        subject=written.letter.subject,
        text=written.letter.text,
        html=written.letter.html,
        packed_pdf=written.pdf or None,
        written_at=timezone.now(),
    )


# Its mails -----------------------------------------------------------------------------------


def _freeze(confirmation: Confirmation, copy: ConfirmationCopy) -> None:
    """Gives the letter to its mails that have none yet."""
    undrawn = Message.objects.undrawn().of_record(confirmation.record).order_by("pk")
    ours = [each for each in undrawn if _known(each)["language"] == copy.language]
    freeze([_drawn(message, confirmation, copy) for message in ours], timezone.now())


def _drawn(
    message: Message, confirmation: Confirmation, copy: ConfirmationCopy
) -> tuple[Message, bytes, Parts]:
    """Notes in the mail what else its content depends on: today's links, and the file's name."""
    revision, told = confirmation.revision, _known(message)
    site = revision.installation
    to = Recipient(message.recipients[0], copy.language, Why(told["why"]), told["company"])
    subscriber = subscriber_for(to, site)
    links = [ANYBODYS_WISHES, wishes_url(subscriber)] if subscriber else []
    message.subject = copy.subject
    message.drawing = {**told, "links": links, "pdf": file_name(site, str(revision))}
    bare = address(Letter(copy.subject, "", ""), to, topic=Topic.CONFIRMATIONS, installation=site)
    return message, head_of(bare, message), _parts(message, copy)


def _known(message: Message) -> dict[str, Any]:
    """The facts that `told_of` gave, and later those that `_drawn` noted."""
    return cast("dict[str, Any]", message.drawing)


def _parts(message: Message, copy: ConfirmationCopy) -> Parts:
    text, html = copy.text, copy.html
    if links := _known(message)["links"]:
        text, html = text.replace(*links), html.replace(*links)
    pdf, name = copy.document, _known(message)["pdf"]
    return Parts(text, html, Attachment(name, pdf, "application/pdf") if pdf else None)
