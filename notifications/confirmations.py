"""The confirmation as facts, and as the mail that tells them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from companies.time_zones import local_date
from licensing.actions import Change, SerialChange
from licensing.serial_policy import Outcome


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    action: str  # "Add", in the reader's language
    quantity: int
    part_number: str
    source: str  # part number of what was upgraded or renewed
    kit_contents: str
    last_day: dt.date | None


@dataclass(frozen=True, slots=True)
class ConfirmationFacts:
    """What the order adds to what the ledger recorded."""

    revised: bool  # an update of an existing installation
    po_number: str
    order_number: str
    order_path: str
    recipients: tuple[str, ...]  # each once
    lines: tuple[ConfirmedLine, ...]


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    text: str
    html: str


# How the families are sorted in the mail: what needs the reader's attention comes first.
_ORDER = (Outcome.REPLACES, Outcome.NEW, Outcome.STAYS, Outcome.NOT_CHANGED)


def render(change: Change, facts: ConfirmationFacts) -> RenderedMail:
    """The mail's three parts. Reads the change as it was written; no statement."""
    installation = change.revision.installation
    context = {
        "facts": facts,
        "revision": change.revision,
        "installation": installation,
        "issued_on": local_date(change.revision.at, installation.company.time_zone),
        "serials": sorted(change.serials.values(), key=_attention),
        "installation_url": f"{settings.PORTAL_URL}/installations/{installation.reference}/",
        "order_url": f"{settings.PORTAL_URL}{facts.order_path}",
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
    }
    return RenderedMail(
        subject=render_to_string("mail/confirmation.subject.txt", context).strip(),
        text=render_to_string("mail/confirmation.txt", context),
        html=render_to_string("mail/confirmation.html", context),
    )


def _attention(serial: SerialChange) -> tuple[int, str]:
    return _ORDER.index(serial.outcome), serial.after.family_id


def messages(mail: RenderedMail, recipients: Sequence[str]) -> list[EmailMultiAlternatives]:
    """One mail for each recipient, so that nobody is shown the others' addresses."""
    mails = []
    for recipient in recipients:
        message = EmailMultiAlternatives(mail.subject, mail.text, to=[recipient])
        message.attach_alternative(mail.html, "text/html")
        mails.append(message)
    return mails
