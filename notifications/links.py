"""The link by which somebody says, without a log-in, what they want to hear of an installation.

It is for one address and one installation, shows nothing but the site's name, and never ends:
a mail is kept for years, and nobody should have to ask how to get fewer of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.signing import BadSignature
from django.urls import reverse

from companies import signed_links
from outbox.links import mailed_link
from texts.addresses import stored_form

_SALT = "notifications.links"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address, the installation that it hears of, and for which company it does."""

    reference: str  # of the installation
    company: int  # its key
    address: str

    def __post_init__(self) -> None:
        """However it was written when the mail left: links of long ago work, too."""
        object.__setattr__(self, "address", stored_form(self.address))


def wishes_url(subscriber: Subscriber) -> str:
    return mailed_link(reverse("mail_wishes", args=[_token(subscriber)]))


def unsubscribe_url(subscriber: Subscriber, topic: str) -> str:
    """What mail programs post to when their reader presses "unsubscribe" (RFC 8058)."""
    path = reverse("mail_unsubscribe", args=[topic, _token(subscriber)])
    return mailed_link(path)


def subscriber_of(token: str) -> Subscriber | None:
    try:
        reference, company, address = signed_links.read(token, salt=_SALT)
    except (BadSignature, ValueError):  # forged or cut off
        return None
    return Subscriber(reference, company, address)


def _token(subscriber: Subscriber) -> str:
    facts = [subscriber.reference, subscriber.company, subscriber.address]
    return signed_links.sign(facts, salt=_SALT)
