"""The readers of mail about a site, as one of its companies may know them.

A page shows no addresses of another company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companies.models import User
from licensing.models import Installation
from notifications.models import TOPIC_NAMES, Contact
from notifications.rules.recipients import Topic


@dataclass(frozen=True, slots=True)
class OthersTold:
    """The mail that the contacts of another company get."""

    company: str
    topics: Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    contacts: Sequence[Contact]  # of the user's companies
    others: Sequence[OthersTold]
    hears_of_terms: bool  # anybody at all


def told_about(installation: Installation, user: User) -> Told:
    """One statement. Of another company's contacts only the topics are told."""
    mine = {membership.company_id for membership in user.own_memberships}  # read with the user
    rows = list(installation.contacts.told().select_related("company").order_by("email", "pk"))
    others: dict[str, set[Topic]] = {}
    for contact in rows:
        if contact.company_id not in mine and contact.topics:
            others.setdefault(str(contact.company), set()).update(contact.topics)
    return Told(
        contacts=[contact for contact in rows if contact.company_id in mine],
        others=[OthersTold(name, _words(topics)) for name, topics in sorted(others.items())],
        hears_of_terms=any(contact.expiry for contact in rows),
    )


def _words(topics: set[Topic]) -> list[str]:
    return [str(name) for topic, name in TOPIC_NAMES.items() if topic in topics]
