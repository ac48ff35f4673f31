"""The link by which people choose, without a log-in, the mail that they get about a site.

It belongs to one address and one installation, shows nothing but the site's name, and never ends:
people keep mail for years, and all of them must be able to stop it by themselves.
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
    """An address, its installation, and the company that it belongs to there."""

    reference: str  # the reference of the installation
    company: int  # the key of the company
    address: str

    def __post_init__(self) -> None:
        """Folds the address: old links have it as it was written then."""
        object.__setattr__(self, "address", stored_form(self.address))


def wishes_url(subscriber: Subscriber) -> str:
    return mailed_link(reverse("mail_wishes", args=[_token(subscriber)]))


def unsubscribe_url(subscriber: Subscriber, topic: str) -> str:
    """The address that mail programs post to for their button "unsubscribe" (RFC 8058)."""
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
