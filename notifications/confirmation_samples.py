"""The confirmation in its variants: what became of the serials is what differs."""

from __future__ import annotations

import datetime as dt

from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from licensing.actions import Change, SerialChange
from licensing.models import Family, Installation, Revision, Serial
from licensing.serial_policy import Outcome
from notifications.confirmations import ConfirmationFacts, ConfirmedLine, messages, render
from notifications.samples import AT, READER, company, sample

ISS = Family(code="ISS", name="ISS")
VAI = Family(
    code="VAI",
    name="VAI",
    reissue_on_add=True,
    reissue_on_upgrade=True,
    reissue_on_renew=True,
)
OLD_ISS = Serial(family=ISS, number="ISS-7K3M-9QWX-4TZ8-2HPC")
OLD_VAI = Serial(family=VAI, number="VAI-2B6N-8RYW-5VX3-9JKD")
NEW_VAI = Serial(family=VAI, number="VAI-4D8Q-1SZT-7WB5-3MNF")
VALID_THROUGH = dt.date(2029, 11, 23)

FIRST_ISS = SerialChange(Outcome.NEW, None, OLD_ISS)
FIRST_VAI = SerialChange(Outcome.NEW, None, OLD_VAI)
ISS_STAYS = SerialChange(Outcome.STAYS, OLD_ISS, OLD_ISS)
ISS_UNTOUCHED = SerialChange(Outcome.NOT_CHANGED, OLD_ISS, OLD_ISS)
VAI_REPLACED = SerialChange(Outcome.REPLACES, OLD_VAI, NEW_VAI)

CAMERAS = ConfirmedLine("Add", 64, "ISS-Expert", "", "", None)
KIT = ConfirmedLine("Add", 2, "ISS-ExpertStarterPack", "", "8 × ISS-Expert", None)
ANALYTICS = ConfirmedLine("Add", 12, "VS-ADV3", "", "", VALID_THROUGH)
RENEWAL = ConfirmedLine("Renew", 12, "VS-ADV3", "VS-ADV1", "", VALID_THROUGH)


@sample("confirmation-new-iss", _("Confirmation: new installation, ISS"))
def new_iss(language: str) -> EmailMessage:
    return _mail(1, [FIRST_ISS], [CAMERAS, KIT])


@sample("confirmation-new-vai", _("Confirmation: new installation, VAI"))
def new_vai(language: str) -> EmailMessage:
    return _mail(1, [FIRST_VAI], [ANALYTICS])


@sample("confirmation-mixed", _("Revised confirmation: ISS stays, VAI is replaced"))
def mixed(language: str) -> EmailMessage:
    return _mail(3, [ISS_STAYS, VAI_REPLACED], [CAMERAS, ANALYTICS])


@sample("confirmation-kept", _("Revised confirmation: ISS stays"))
def kept(language: str) -> EmailMessage:
    return _mail(2, [ISS_STAYS], [CAMERAS])


@sample("confirmation-replaced", _("Revised confirmation: VAI is replaced"))
def replaced(language: str) -> EmailMessage:
    return _mail(3, [ISS_UNTOUCHED, VAI_REPLACED], [ANALYTICS])


@sample("confirmation-renewed", _("Revised confirmation: a subscription is renewed"))
def renewed(language: str) -> EmailMessage:
    return _mail(4, [ISS_UNTOUCHED, VAI_REPLACED], [RENEWAL])


def _mail(number: int, serials: list[SerialChange], lines: list[ConfirmedLine]) -> EmailMessage:
    site = Installation(reference="m4t8xq2hpc", site_name="Harbor Point Terminal")
    site.company = company()
    revision = Revision(installation=site, number=number, at=AT)
    change = Change(revision, {each.after.family_id: each for each in serials})
    facts = ConfirmationFacts(
        revised=number > 1,
        po_number="4711",
        order_number="7k3m9qwx4t",
        order_path="/orders/7k3m9qwx4t/",
        recipients=(READER,),
        lines=tuple(lines),
    )
    [mail] = messages(render(change, facts), facts.recipients)
    return mail
