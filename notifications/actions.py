"""Writing to people. What is written is queued in the transaction of its cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.conf import settings
from django.db import transaction

from companies.models import User
from licensing.models import Revision
from notifications.confirmations import Written, mails, write
from notifications.facts import ConfirmationFacts, to_json
from notifications.models import Confirmation, ConfirmationCopy, Resend
from notifications.recipients import Recipient, Topic, Why, Wishes, choose
from notifications.stopped import StoppedOrder, stopped_mails
from outbox.actions import queue
from outbox.letters import Letter

MAX_RESENT_TO = 10  # addresses at once


def confirm(
    revision: Revision,
    facts: ConfirmationFacts,
    *,
    orderer: Recipient,
    named: Sequence[str],
    wishes: Sequence[Wishes],
) -> Confirmation:
    """Keeps the exact copies of the confirmation and queues it: no issue without its mail.

    Three statements, however many get it in however many languages.
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
        recipients=[asdict(recipient) for recipient in to],
    )
    ConfirmationCopy.objects.bulk_create(
        _copy(confirmation, language, each) for language, each in written.items()
    )
    queued = (
        mail
        for recipient in to
        for mail in mails(
            written[recipient.language], [recipient], revision.installation, str(revision)
        )
    )
    queue([*queued], record=confirmation.record)
    return confirmation


@transaction.atomic
def resend(
    copy: ConfirmationCopy, *, to: Sequence[str], by: User, at: dt.datetime
) -> Resend:
    """Queues new mails with the same letter and the same PDF, and says who did it.

    Whether `by` may is for whoever calls to check. Raises ValueError for too many addresses.
    """
    if not 1 <= len(to) <= MAX_RESENT_TO:
        raise ValueError(f"A confirmation is sent again to 1 to {MAX_RESENT_TO} addresses.")
    confirmation = copy.confirmation
    revision = confirmation.revision
    written = Written(Letter(copy.subject, copy.text, copy.html), bytes(copy.pdf))
    recipients = [Recipient(address, copy.language, Why.RESENT) for address in to]
    queue(
        mails(written, recipients, revision.installation, str(revision)),
        record=confirmation.record,
    )
    return Resend.objects.create(copy=copy, addresses=list(to), by=by, at=at)


def tell_stopped(
    order: StoppedOrder, *, orderer: Recipient, wishes: Sequence[Wishes] = ()
) -> None:
    """Queues the mails about an order that is held or rejected. No copy of them is kept."""
    queue(stopped_mails(order, choose(Topic.HOLDS, orderer=orderer, wishes=wishes)))


def _archive() -> Recipient | None:
    language = settings.LANGUAGES[0][0]
    address = settings.ARCHIVE_EMAIL
    return Recipient(address, language, Why.ARCHIVE) if address else None


def _languages(recipients: Iterable[Recipient]) -> list[str]:
    return list(dict.fromkeys(recipient.language for recipient in recipients))


def _copy(confirmation: Confirmation, language: str, written: Written) -> ConfirmationCopy:
    return ConfirmationCopy(
        confirmation=confirmation,
        language=language,
        subject=written.letter.subject,
        text=written.letter.text,
        html=written.letter.html,
        pdf=written.pdf,
    )
