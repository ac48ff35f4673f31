"""Addresses a letter: the same words for all, and for each their own link to choose mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from licensing.models import Installation
from notifications.links import Subscriber, unsubscribe_url, wishes_url
from notifications.rules.recipients import Recipient, Topic
from outbox.letters import Letter, render
from outbox.links import mailed_link

# The letter and its kept copy have this text in place of each recipient's own link.
ANYBODYS_WISHES = mailed_link("/mail/")


def letters_for(
    recipients: Iterable[Recipient], kind: str, context: Mapping[str, Any]
) -> dict[str, Letter]:
    """One letter for each language of the recipients."""
    languages = dict.fromkeys(recipient.language for recipient in recipients)
    known = {"wishes_url": ANYBODYS_WISHES}
    return {language: render(kind, language, {**known, **context}) for language in languages}


def address(
    letter: Letter,
    recipient: Recipient,
    *,
    topic: Topic,
    installation: Installation | None = None,
    attachments: Sequence[tuple[str, bytes, str]] = (),
) -> EmailMultiAlternatives:
    """A mail to one recipient, so that no recipient sees the addresses of others.

    Without an installation the mail has no link to choose topics.
    """
    text, html = letter.text, letter.html
    headers = {"Content-Language": recipient.language}
    subscriber = subscriber_for(recipient, installation)
    if subscriber is not None:
        personal = wishes_url(subscriber)
        text, html = (part.replace(ANYBODYS_WISHES, personal) for part in (text, html))
        if recipient.may_choose:
            headers |= _one_click(unsubscribe_url(subscriber, topic))
    mail = EmailMultiAlternatives(
        letter.subject,
        text,
        to=[recipient.address],
        reply_to=[settings.SALES_EMAIL],  # an answer reaches a person
        headers=headers,
        attachments=[*attachments],
    )
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


def subscriber_for(recipient: Recipient, installation: Installation | None) -> Subscriber | None:
    """None if the recipient has nothing to choose: there is no installation, or no company."""
    if installation is None or not recipient.company:
        return None
    return Subscriber(installation.reference, recipient.company, recipient.address)


def _one_click(url: str) -> dict[str, str]:
    """Headers of RFC 2369 and RFC 8058: mail programs show a button, and post to it."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
