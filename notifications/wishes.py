"""What somebody wants to hear of an installation: the verbs, and the form of the link in a mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from companies.models import User
from licensing.models import Installation
from notifications.models import Contact
from notifications.recipients import Topic


def wishes_of(installation: Installation, address: str) -> Contact:
    """Not saved yet where the address never said anything: it hears of what names it."""
    known = Contact.objects.filter(installation=installation, email__iexact=address).first()
    return known or Contact(
        installation=installation, email=address, confirmations=True, expiry=False, holds=False
    )


def add_orderer(installation: Installation, orderer: User, *, at: dt.datetime) -> None:
    """Whoever orders for an installation hears of it from then on; one statement.

    Where their address is a contact already it stays as it is: they may want to hear less.
    """
    contact = Contact(
        installation=installation,
        email=orderer.email,
        name=orderer.full_name,
        language=orderer.language,
        added_by=orderer,
        changed_at=at,
        told_since=at,
    )
    Contact.objects.bulk_create([contact], ignore_conflicts=True)


@transaction.atomic
def set_wishes(
    *,
    installation: Installation,
    address: str,
    topics: Collection[Topic],
    language: str = "",
    by: User | None = None,
    at: dt.datetime | None = None,
) -> Contact:
    """Whoever has the link of an address speaks for it, so `by` may be nobody."""
    Installation.objects.select_for_update().get(pk=installation.pk)
    contact = wishes_of(installation, address)
    contact.changed_at = at or timezone.now()
    if contact.pk is None or not contact.wishes.topics.issuperset(topics):
        contact.told_since = contact.changed_at  # what it wants from now on is told from now on
    for topic in Topic:
        setattr(contact, topic, topic in topics)
    contact.language = language or contact.language
    contact.added_by = contact.added_by or by
    contact.full_clean()
    contact.save()
    return contact
