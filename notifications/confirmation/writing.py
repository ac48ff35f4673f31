"""Writes the letters of confirmations, once in each language, and keeps them.

An issue commits the facts, the recipients and the rows of the queue. The letter is written after
it, by whichever comes first: `manage.py write_letters`, somebody who opens its page, or the worker
that sends a mail of it. The first one that is kept is the letter. With it each mail gets its headers
and its hash, so words, settings and layout are those of that moment for ever.

What is missing is asked of the database each time, so nothing is lost with a process.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.letters import Written, file_name, write, write_plainly
from notifications.confirmation.wording import subject_of
from notifications.letter_alerts import tell_plain
from notifications.mailing import ANYBODYS_WISHES, address, subscriber_for
from notifications.links import wishes_url
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
AT_ONCE = 500  # mails that are looked at


def subject_in(language: str, facts: ConfirmationFacts) -> str:
    with override(language):
        return subject_of(facts)


def told_of(recipient: Recipient) -> dict[str, Any]:
    """What has to be known to draw the mail of a recipient, besides its address."""
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
    return Written(Letter(copy.subject, copy.text, copy.html), bytes(copy.pdf))


# Written by whom it is asked for -----------------------------------------------------------


def letter_in(language: str, confirmation: Confirmation) -> ConfirmationCopy:
    """The letter in one of its languages. One that is missing is written now, plainly at last."""
    copy = confirmation.copies.filter(language=language).first()
    while copy is None:
        copy = _tried(confirmation, language, _begun(confirmation, language, timezone.now()))
    return copy


def draw(message: Message) -> Parts:
    """Gives the outbox the letter of a mail, as `outbox.content` asks for it."""
    confirmation = Confirmation.objects.get(record=message.record)
    copy = letter_in(message.drawing["language"], confirmation)
    if message.head is None:
        with transaction.atomic():
            _freeze(_locked(confirmation), copy)
        message.refresh_from_db(fields=["head", "fingerprint", "drawing", "subject"])
    return _parts(message, copy)


# Written ahead -------------------------------------------------------------------------------


def write_next(at: dt.datetime) -> bool:
    """Writes one letter that is missing, or gives a written one to its mails. False: none is."""
    lately = LetterTries.objects.filter(plain_at=None, begun_at__gt=at - WAIT)
    tried = set(lately.values_list("confirmation__record", "language"))
    for record, language in _missing():
        if (record, language) in tried:
            continue
        confirmation = Confirmation.objects.get(record=record)
        copy = confirmation.copies.filter(language=language).first()
        if copy:
            with transaction.atomic():
                _freeze(_locked(confirmation), copy)
        elif number := _begun(confirmation, language, at, patiently=True):
            _tried(confirmation, language, number)
        return True
    return False


def _missing() -> Iterator[tuple[str, str]]:
    undrawn = Message.objects.undrawn().filter(drawn_by=CONFIRMATION).order_by("pk")
    rows = undrawn.values_list("record", "drawing")[:AT_ONCE]
    return ((record, drawing["language"]) for record, drawing in rows)


# A try ---------------------------------------------------------------------------------------


def _begun(
    confirmation: Confirmation, language: str, at: dt.datetime, *, patiently: bool = False
) -> int:
    """Counts a try before it begins. 0: another process may be at it."""
    with transaction.atomic():
        tries, new = LetterTries.objects.select_for_update().get_or_create(
            confirmation=confirmation, language=language, defaults={"tries": 1, "begun_at": at}
        )
        if new:
            return 1
        if patiently and tries.begun_at > at - WAIT:
            return 0
        tries.tries += 1
        tries.begun_at = at
        tries.save(update_fields=["tries", "begun_at"])
    return tries.tries


def _tried(confirmation: Confirmation, language: str, number: int) -> ConfirmationCopy | None:
    """None if it failed, and will be tried again."""
    facts = from_json(confirmation.facts, ConfirmationFacts)
    if number <= TRIES:
        try:
            return _keep(confirmation, language, write(facts, language))
        except Exception as error:
            _log(confirmation, language, error)
            if number < TRIES:
                return None
    return _keep(confirmation, language, write_plainly(facts, language), plainly=True)


def _log(confirmation: Confirmation, language: str, error: Exception) -> None:
    """Leaves out the error's message, which may quote what people typed."""
    facts = {"confirmation": confirmation.record, "language": language}
    logger.error("letter not written", extra={**facts, "error": type(error).__name__})


def _keep(
    confirmation: Confirmation, language: str, written: Written, *, plainly: bool = False
) -> ConfirmationCopy:
    """The copy that is kept from now on: this one, or another one that was kept before it."""
    with transaction.atomic():
        locked = _locked(confirmation)
        tries = LetterTries.objects.filter(confirmation=confirmation, language=language)
        copy = locked.copies.filter(language=language).first()
        if copy is None:
            copy = _copy(locked, language, written)
            copy.save(force_insert=True)
            if plainly:
                now = timezone.now()
                tell_plain(locked, at=now)
                tries.update(plain_at=now)
        if copy.html:
            tries.delete()
        _freeze(locked, copy)
    return copy


def _locked(confirmation: Confirmation) -> Confirmation:
    """Locked against others who give its letters to its mails, and against nobody else."""
    rows = Confirmation.objects.select_for_update(of=("self",), no_key=True)
    locked: Confirmation = rows.select_related("revision__installation").get(pk=confirmation.pk)
    return locked


def _copy(confirmation: Confirmation, language: str, written: Written) -> ConfirmationCopy:
    return ConfirmationCopy(
        confirmation=confirmation,
        language=language,
        subject=written.letter.subject,
        text=written.letter.text,
        html=written.letter.html,
        pdf=written.pdf,
        written_at=timezone.now(),
    )


# Its mails -----------------------------------------------------------------------------------


def _freeze(confirmation: Confirmation, copy: ConfirmationCopy) -> None:
    """Gives the letter to its mails that have none yet."""
    undrawn = Message.objects.undrawn().of_record(confirmation.record).order_by("pk")
    ours = [each for each in undrawn if each.drawing["language"] == copy.language]
    freeze([_drawn(message, confirmation, copy) for message in ours], timezone.now())


def _drawn(
    message: Message, confirmation: Confirmation, copy: ConfirmationCopy
) -> tuple[Message, bytes, Parts]:
    """Notes in the mail what else its content depends on: today's links, and the file's name."""
    revision, told = confirmation.revision, message.drawing
    site = revision.installation
    to = Recipient(message.recipients[0], copy.language, Why(told["why"]), told["company"])
    subscriber = subscriber_for(to, site)
    links = [ANYBODYS_WISHES, wishes_url(subscriber)] if subscriber else []
    message.subject = copy.subject
    message.drawing = {**told, "links": links, "pdf": file_name(site, str(revision))}
    bare = address(Letter(copy.subject, "", ""), to, topic=Topic.CONFIRMATIONS, installation=site)
    return message, head_of(bare, message), _parts(message, copy)


def _parts(message: Message, copy: ConfirmationCopy) -> Parts:
    text, html = copy.text, copy.html
    if links := message.drawing["links"]:
        text, html = text.replace(*links), html.replace(*links)
    pdf = bytes(copy.pdf)
    name = message.drawing["pdf"]
    return Parts(text, html, Attachment(name, pdf, "application/pdf") if pdf else None)
