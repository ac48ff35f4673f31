"""The letter and the PDF of a confirmation, in each language of its recipients."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import override

from licensing.models import Installation
from notifications.confirmation import pdf as confirmation_pdf
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.wording import compose, plain_text, subject_of
from notifications.mailing import ANYBODYS_WISHES, address
from notifications.rules.recipients import Recipient, Topic
from outbox.letters import Letter, render
from outbox.links import mailed_link

_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Written:
    letter: Letter
    pdf: bytes


def write(facts: ConfirmationFacts, language: str) -> Written:
    """Takes some 30 ms of a processor, so never do it while something is locked."""
    with override(language):
        told = compose(facts)
        pdf = confirmation_pdf.draw(told, facts)
    context = {
        "told": told,
        "installation_url": mailed_link(f"/installations/{facts.installation}/"),
        "order_url": mailed_link(facts.order_path),
        "wishes_url": ANYBODYS_WISHES,
    }
    return Written(render("confirmation", language, context), pdf)


def write_plainly(facts: ConfirmationFacts, language: str) -> Written:
    """Tells the serial numbers without templates and without a PDF: one of them has a fault."""
    with override(language):
        return Written(Letter(subject_of(facts), plain_text(facts), ""), b"")


def pdf_of(facts: ConfirmationFacts, language: str) -> bytes:
    """The same bytes each time, so a missing PDF can be made when somebody asks for it."""
    with override(language):
        return confirmation_pdf.draw(compose(facts), facts)


def mail_to(
    recipient: Recipient, written: Written, installation: Installation | None, pdf_name: str
) -> EmailMultiAlternatives:
    """The mail, with the recipient's own link to choose topics if there is an installation."""
    return address(
        written.letter,
        recipient,
        topic=Topic.CONFIRMATIONS,
        installation=installation,
        attachments=[(pdf_name, written.pdf, "application/pdf")] if written.pdf else [],
    )


def file_name(installation: Installation, revision: str, ending: str = "pdf") -> str:
    """For example harbor-point-R3.pdf or 東京本社-R3.pdf."""
    return f"{_for_files(installation.site_name) or installation.reference}-{revision}.{ending}"


def _for_files(name: str) -> str:
    """The letters and digits of a name in any script, without accents.

    60 characters have at most 240 bytes; a file system takes 255.
    """
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name))
    whole = unicodedata.normalize("NFC", plain).lower()
    words = "".join(
        each for each in whole if each in "-_ " or unicodedata.category(each)[0] in "LMN"
    )
    return "-".join(re.split(r"[-\s]+", words.strip("-_ ")))[:60].rstrip("-_")
