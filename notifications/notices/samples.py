"""Notices and reminders with sample data, for previews and golden files: no database, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from licensing.models import Installation
from notifications.mailing import address, letters_for
from notifications.notices import changeover as changeovers
from notifications.notices import expiry
from notifications.rules.recipients import Recipient, Topic, Why
from notifications.samples import sample
from outbox.links import mailed_link

SITE, REFERENCE = "Harbor Point Terminal", "7k3m9qwx4t"
SERIALS = (("VAI", "VAI-R48H-2YQX-7MNV-K3TW"),)
TODAY = dt.date(2026, 11, 24)


@sample("expiring", _("Subscriptions end, and one ended"))
def expiring(language: str) -> EmailMessage:
    """Several ends in one mail, one of them past."""
    endings = (
        _ending(4, "VS-ES1", dt.date(2026, 11, 17)),
        _ending(12, "VS-ADV1", dt.date(2026, 12, 1)),
        _ending(6, "VS-ES3", dt.date(2027, 1, 23)),
    )
    facts = expiry.ExpiryFacts(SITE, REFERENCE, endings, SERIALS)
    return _mail(language, Topic.EXPIRY, *expiry.letter(facts))


@sample("expiring-today", _("A subscription ends today"))
def expiring_today(language: str) -> EmailMessage:
    """The usual notice, on the last valid day."""
    facts = expiry.ExpiryFacts(SITE, REFERENCE, (_ending(12, "VS-ADV1", TODAY),), SERIALS)
    return _mail(language, Topic.EXPIRY, *expiry.letter(facts))


@sample("expired", _("A subscription ended"))
def expired(language: str) -> EmailMessage:
    endings = (_ending(12, "VS-ADV1", dt.date(2026, 11, 17)),)
    facts = expiry.ExpiryFacts(SITE, REFERENCE, endings, SERIALS)
    return _mail(language, Topic.EXPIRY, *expiry.letter(facts))


@sample("changeover", _("Reminder: enter the new serial number"))
def changeover(language: str) -> EmailMessage:
    to_enter = changeovers.ToEnter(
        family="VAI",
        number="VAI-R48H-2YQX-7MNV-K3TW",
        replaces="VAI-0PN5-9D2C-J6ZE-4BSA",
        issued_on=dt.date(2026, 11, 17),
        link=mailed_link("/entered/sample/"),
    )
    facts = changeovers.ChangeoverFacts(SITE, REFERENCE, (to_enter,))
    return _mail(language, Topic.CONFIRMATIONS, *changeovers.letter(facts))


def _ending(units: int, part_number: str, last_day: dt.date) -> expiry.Ending:
    return expiry.Ending(units, part_number, last_day, (last_day - TODAY).days)


def _mail(language: str, topic: Topic, kind: str, context: Mapping[str, Any]) -> EmailMessage:
    reader = Recipient("contact@dealer.example", language, Why.CONTACT, company=1)
    letter = letters_for([reader], kind, context)[language]
    site = Installation(site_name=SITE, reference=REFERENCE)
    return address(letter, reader, topic=topic, installation=site)
