"""Mail to people. It is queued in the transaction of its cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from companies.models import User
from licensing.models import Revision
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.letters import Written, file_name, mail_to, write
from notifications.models import Confirmation, ConfirmationCopy, Resend
from notifications.rules.recipients import Recipient, Topic, Why, Wishes, choose
from notifications.stopped import HeldFile, StoppedOrder, held_file_mail, stopped_mails
from outbox.actions import queue, rewrite, waits
from outbox.letters import Letter
from outbox.models import Message
from texts.addresses import stored_forms
from texts.as_json import to_json

MAX_RESENT_TO = 10  # addresses at once


def confirm(
    revision: Revision,
    facts: ConfirmationFacts,
    *,
    orderer: Recipient,
    named: Sequence[str],
    wishes: Sequence[Wishes],
) -> Confirmation:
    """Keeps exact copies of the confirmation and queues it: no issue without its mail.

    Takes three statements for any number of recipients and languages.
    """
    to = choose(
        Topic.CONFIRMATIONS, orderer=orderer, named=named, wishes=wishes, archive=_archive()
    )
    written = {language: write(facts, language) for language in _languages(to)}
    confirmation = Confirmation.objects.create(
        revision=revision,
        revised=facts.revised,
        record=f"{revision.installation.reference}/{revision}",
        subject=written[orderer.language].letter.subject,
        facts=to_json(facts),
        recipients=to_json(to),
    )
    ConfirmationCopy.objects.bulk_create(
        _copy(confirmation, language, each) for language, each in written.items()
    )
    site = revision.installation
    name = file_name(site, str(revision))
    queue(
        [mail_to(each, written[each.language], site, name) for each in to],
        record=confirmation.record,
    )
    return confirmation


@transaction.atomic
def resend(
    confirmation: Confirmation,
    *,
    to: Sequence[str],
    language: str,
    by: User,
    at: dt.datetime,
) -> Resend:
    """Queues new mails with the same letter and the same PDF, and records who resent it.

    Earlier recipients get their earlier language; others get `language` if there is a copy in it.
    The caller checks whether `by` may resend. Raises ValueError for too many addresses.
    """
    if not 1 <= len(to) <= MAX_RESENT_TO:
        raise ValueError(f"A confirmation is sent again to 1 to {MAX_RESENT_TO} addresses.")
    copies = {copy.language: copy for copy in confirmation.copies.all()}
    read = {each.address: each for each in confirmation.told}
    site = confirmation.revision.installation
    name = file_name(site, str(confirmation.revision))
    queued = []
    for address in stored_forms(to):
        known = read.get(address)
        copy = copies.get(known.language if known else language) or next(iter(copies.values()))
        again = Recipient(address, copy.language, Why.RESENT, known.company if known else 0)
        queued.append(mail_to(again, written_in(copy), site, name))
    queue(queued, record=confirmation.record)
    return Resend.objects.create(confirmation=confirmation, addresses=list(to), by=by, at=at)


def tell_stopped(
    order: StoppedOrder,
    *,
    orderer: Recipient,
    named: Sequence[str] = (),
    wishes: Sequence[Wishes] = (),
) -> None:
    """Queues the mails about an order that is held, rejected or canceled, and keeps no copy."""
    to = choose(Topic.HOLDS, orderer=orderer, named=named, wishes=wishes)
    queue(stopped_mails(order, to))


def tell_held_file(file: HeldFile, *, orderer: Recipient, until: dt.datetime) -> Message:
    """Queues the mail about held orders of a file. It leaves at `until`, or when it is hurried."""
    (queued,) = queue([_waiting(file, orderer, until)])
    return queued


def tell_more_of_held_file(
    queued: Message, file: HeldFile, *, orderer: Recipient, until: dt.datetime
) -> bool:
    """Lets the mail that waits tell of more orders. False if it is on its way already."""
    return rewrite(queued, _waiting(file, orderer, until))


def _waiting(file: HeldFile, orderer: Recipient, until: dt.datetime) -> EmailMessage:
    mail = held_file_mail(file, orderer)
    waits(mail, until)
    return mail


def _archive() -> Recipient | None:
    language = settings.LANGUAGES[0][0]
    address = settings.ARCHIVE_EMAIL
    return Recipient(address, language, Why.ARCHIVE) if address else None


def _languages(recipients: Iterable[Recipient]) -> list[str]:
    return list(dict.fromkeys(recipient.language for recipient in recipients))


def written_in(copy: ConfirmationCopy) -> Written:
    """The letter and the PDF as they were sent."""
    return Written(Letter(copy.subject, copy.text, copy.html), bytes(copy.pdf))


def _copy(confirmation: Confirmation, language: str, written: Written) -> ConfirmationCopy:
    return ConfirmationCopy(
        confirmation=confirmation,
        language=language,
        subject=written.letter.subject,
        text=written.letter.text,
        html=written.letter.html,
        pdf=written.pdf,
    )
