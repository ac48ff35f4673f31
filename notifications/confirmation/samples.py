"""Sample mails about orders: the confirmation in its variants, and orders that are stopped."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from licensing.models import Installation
from licensing.serial_policy import Action, Outcome
from notifications.confirmation.facts import (
    ConfirmationFacts,
    HeldFact,
    LineFact,
    SerialFact,
    SourceFact,
)
from notifications.confirmation.letters import file_name, mail_to, write
from notifications.rules.recipients import Recipient, Why
from notifications.samples import AT, READER, sample
from notifications.stopped import (
    HeldFile,
    StoppedLine,
    StoppedOrder,
    held_file_mail,
    stopped_mails,
)

SITE, REFERENCE, ORDER = "Harbor Point Terminal", "7k3m9qwx4t", "8h2p4rn6vw"
ISS, VAI, OLD_VAI = "ISS-7K3M-9QWX-4TZ8-2HPC", "VAI-9PWK-H3FD-6MZR-T8QA", "VAI-C2RT-8WFA-5KNP-0GZV"
ISS_STAYS = SerialFact("ISS", ISS, Outcome.STAYS)
UPDATES = tuple(Action)  # all of them replace a VAI serial
VAI_REPLACES = SerialFact("VAI", VAI, Outcome.REPLACES, OLD_VAI, replaced_on=UPDATES)
HELD = (
    HeldFact("ISS-Expert", 24),
    HeldFact("ISS-ExpertPlus", 1200),
    HeldFact("VS-ES1", 18, dt.date(2026, 12, 15)),
    HeldFact("VS-ADV3", 16, dt.date(2028, 12, 15)),
)


def confirmation(language: str, **facts: Any) -> EmailMessage:
    """A confirmation; `facts` replace those of the sample."""
    told = sample_facts(**facts)
    site = Installation(site_name=told.site_name, reference=told.installation)
    reader = Recipient(READER, language, Why.CONTACT, company=1)
    return mail_to(reader, write(told, language), site, file_name(site, told.revision))


def sample_facts(**facts: Any) -> ConfirmationFacts:
    sample: dict[str, Any] = {
        "number": 4,
        "revised": True,
        "site_name": SITE,
        "installation": REFERENCE,
        "po_number": "4711",
        "order_number": ORDER,
        "order_path": f"/orders/{ORDER}/",
        "issued_at": AT,
        "issued_on": AT.date(),
        "serials": (ISS_STAYS, VAI_REPLACES),
        "lines": (LineFact(Action.ADD, 12, "ISS-Expert", before=12, after=24),),
        "held": HELD,
        "dealer": "Harbor Security",
    }
    return ConfirmationFacts(**sample | facts)


@sample("confirmation-new-iss", _("Confirmation: new installation, ISS"))
def new_iss(language: str) -> EmailMessage:
    pack = LineFact(
        Action.ADD, 2, "ISS-ExpertStarterPack", 0, 8, kit_units=8, kit_part="ISS-Expert"
    )
    return confirmation(
        language,
        number=1,
        revised=False,
        serials=(SerialFact("ISS", ISS, Outcome.NEW),),
        lines=(pack,),
        held=(HeldFact("ISS-Expert", 8),),
    )


@sample("confirmation-new-vai", _("Confirmation: new installation, VAI"))
def new_vai(language: str) -> EmailMessage:
    end = dt.date(2029, 11, 23)
    return confirmation(
        language,
        number=1,
        revised=False,
        serials=(SerialFact("VAI", VAI, Outcome.NEW, replaced_on=UPDATES),),
        lines=(LineFact(Action.ADD, 16, "VS-ADV3", 0, 16, last_day=end),),
        held=(HeldFact("VS-ADV3", 16, end),),
    )


@sample("confirmation-mixed", _("Revised confirmation: ISS stays, VAI is replaced"))
def mixed(language: str) -> EmailMessage:
    """Both license types, with an upgrade."""
    end = dt.date(2028, 12, 15)
    upgrade = LineFact(
        Action.UPGRADE,
        4,
        "VS-ADV3",
        before=12,
        after=16,
        last_day=end,
        source=SourceFact("VS-ES3", 10, 6, end),
    )
    added = LineFact(Action.ADD, 12, "ISS-Expert", before=12, after=24)
    return confirmation(
        language,
        lines=(added, upgrade),
        held=(*HELD[:3], HeldFact("VS-ES3", 6, end), HELD[3]),
        end_customer="Bayview Schools",
    )


@sample("confirmation-kept", _("Revised confirmation: ISS stays"))
def kept(language: str) -> EmailMessage:
    """The ISS serial stays; the VAI serial is not on the order."""
    return confirmation(
        language,
        serials=(ISS_STAYS, SerialFact("VAI", VAI, Outcome.NOT_CHANGED, replaced_on=UPDATES)),
    )


@sample("confirmation-replaced", _("Revised confirmation: VAI is replaced"))
def replaced(language: str) -> EmailMessage:
    added = LineFact(Action.ADD, 6, "VS-ADV3", 10, 16, last_day=dt.date(2029, 11, 23))
    return confirmation(
        language,
        serials=(SerialFact("ISS", ISS, Outcome.NOT_CHANGED), VAI_REPLACES),
        lines=(added,),
    )


@sample("confirmation-renewed", _("Revised confirmation: a subscription is renewed"))
def renewed(language: str) -> EmailMessage:
    """Renewed before its end, so that the new term starts later."""
    start, end = dt.date(2026, 12, 16), dt.date(2027, 12, 15)
    renewal = LineFact(
        Action.RENEW,
        8,
        "VS-ES1",
        before=18,
        after=18,
        last_day=end,
        starts_later=start,
        source=SourceFact("VS-ES1", 18, 18, dt.date(2026, 12, 15)),
    )
    return confirmation(
        language,
        serials=(SerialFact("ISS", ISS, Outcome.NOT_CHANGED), VAI_REPLACES),
        lines=(renewal,),
        held=(*HELD[:3], HeldFact("VS-ES1", 8, end, start), HELD[3]),
    )


@sample("held-serial", _("Order held: serial number missing"))
def held(language: str) -> EmailMessage:
    """The mail to the person who ordered, with the link to answer."""
    return _stopped(
        language,
        Why.ORDERER,
        kind="held",
        site_name="",
        reason=_("The serial number is missing."),
        link_path="/orders/answer/sample/",
        link_ends=dt.date(2026, 12, 24),
    )


@sample("held-sales", _("Order held: a question of sales"))
def held_for_contacts(language: str) -> EmailMessage:
    return _stopped(
        language,
        Why.CONTACT,
        kind="held",
        reason="Is this for the east or the west building?",
        installation=Installation(site_name=SITE, reference=REFERENCE),
    )


@sample("held-file", _("Orders of a file held: serial numbers missing"))
def held_of_file(language: str) -> EmailMessage:
    """The one mail about all of them, with a link to answer for each."""
    orders = tuple(
        _stopped_order(
            kind="held",
            site_name="",
            po_number=po_number,
            reason=reason,
            link_path=f"/orders/answer/sample-{number}/",
            link_ends=dt.date(2026, 12, 24),
            ends_at=AT,
        )
        for number, (po_number, reason) in enumerate(
            [
                ("4711", _("The serial number is missing.")),
                ("PO-4712", _("The serial number was not found.")),
            ],
            start=1,
        )
    )
    file = HeldFile(name="orders.csv", path="/orders/bulk/9k2m4np7rt/", orders=orders)
    return held_file_mail(file, Recipient(READER, language, Why.ORDERER, company=1))


@sample("rejected", _("Order rejected"))
def rejected(language: str) -> EmailMessage:
    return _stopped(
        language,
        Why.ORDERER,
        kind="rejected",
        reason="This was ordered twice, see PO 4710.",
        installation=Installation(site_name=SITE, reference=REFERENCE),
    )


@sample("canceled", _("Order canceled by sales"))
def canceled(language: str) -> EmailMessage:
    return _stopped(
        language,
        Why.NAMED,
        kind="canceled",
        reason="Your buyer called: it was ordered twice. PO 4710 stays.",
        installation=Installation(site_name=SITE, reference=REFERENCE),
    )


def _stopped(language: str, why: Why, **order: Any) -> EmailMessage:
    reader = Recipient(READER, language, why, company=1)
    (mail,) = stopped_mails(_stopped_order(**order), [reader])
    return mail


def _stopped_order(**order: Any) -> StoppedOrder:
    about = {
        "site_name": SITE,
        "po_number": "4711",
        "order_number": ORDER,
        "order_path": f"/orders/{ORDER}/",
        "lines": [
            StoppedLine(Action.ADD, 8, "ISS-Expert"),
            StoppedLine(Action.UPGRADE, 4, "VS-ADV1", "VS-ES1"),
            StoppedLine(Action.RENEW, 12, "VS-ADV3", "VS-ADV1"),
        ],
    }
    return StoppedOrder(**about | order)
