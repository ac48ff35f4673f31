"""Tells staff that a confirmation went out as plain text, because its letter can't be written."""

from __future__ import annotations

import datetime as dt

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.mail_alerts import readers
from notifications.models import Confirmation, LetterTries
from outbox.actions import queue
from outbox.links import mailed_link

ONCE_IN = dt.timedelta(hours=1)  # a fault of ours may be that of every letter


def tell_plain(confirmation: Confirmation, *, at: dt.datetime) -> None:
    """Queues the mail in the caller's transaction, unless staff were told within the hour."""
    if not LetterTries.objects.filter(plain_at__gt=at - ONCE_IN).exists():
        queue([letter_alert(confirmation.subject, *reader) for reader in readers()])


def letter_alert(subject: str, address: str, language: str) -> EmailMessage:
    """Without templates: one of them may be what has the fault."""
    with override(language):
        about = _("A confirmation of the license portal could not be written")
        text = _(
            "This confirmation could not be written three times, so it went out as plain text "
            "without a PDF:"
        )
        what_to_do = _(
            "The serial numbers are in it, and nothing is lost. The log of the process that writes "
            "letters names the fault (“letter not written”). Tell it to who runs the portal: other "
            "confirmations may fail likewise, and you get one mail an hour about them."
        )
        link = f"{_('The outbox:')}\n{mailed_link('/admin/outbox/message/')}"
    return EmailMessage(about, f"{text}\n{subject}\n\n{what_to_do}\n\n{link}\n", to=[address])
