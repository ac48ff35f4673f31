"""Mail to people. It is queued in the transaction of its cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from companies.models import User
from licensing.models import Revision
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.writing import (
    CONFIRMATION,
    languages_of,
    subject_in,
    told_of,
)
from notifications.models import Confirmation, Resend
from notifications.rules.recipients import Recipient, Topic, Why, Wishes, choose
from notifications.stopped import HeldFile, StoppedOrder, held_file_mail, stopped_mails
from outbox.actions import Undrawn, queue, queue_undrawn, rewrite, waits
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
    """Keeps the facts of the confirmation and queues its mails: no issue without its mail.

    The letter is written from them right after, by `notifications.confirmation.writing`: a company
    is locked now. Takes two statements for any number of recipients and languages.
    """
    to = choose(
        Topic.CONFIRMATIONS, orderer=orderer, named=named, wishes=wishes, archive=_archive()
    )
    subjects = {each.language: subject_in(each.language, facts) for each in to}
    confirmation = Confirmation.objects.create(
        revision=revision,
        revised=facts.revised,
        record=f"{revision.installation.reference}/{revision}",
        subject=subjects[orderer.language],
        facts=to_json(facts),
        recipients=to_json(to),
    )
    mails = [Undrawn(each.address, subjects[each.language], told_of(each)) for each in to]
    queue_undrawn(mails, record=confirmation.record, drawn_by=CONFIRMATION)
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

    Earlier recipients get their earlier language; others get `language` if there is a letter in it.
    The caller checks whether `by` may resend. Raises ValueError for too many addresses.
    """
    if not 1 <= len(to) <= MAX_RESENT_TO:
        raise ValueError(f"A confirmation is sent again to 1 to {MAX_RESENT_TO} addresses.")
    languages = languages_of(confirmation)
    read = {each.address: each for each in confirmation.told}
    queued = []
    for address in stored_forms(to):
        known = read.get(address)
        asked = known.language if known else language
        spoken = asked if asked in languages else languages[0]
        again = Recipient(address, spoken, Why.RESENT, known.company if known else 0)
        queued.append(Undrawn(address, confirmation.subject, told_of(again)))
    queue_undrawn(queued, record=confirmation.record, drawn_by=CONFIRMATION)
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
