"""The page of a confirmation for customers and sales: its copies, its recipients, resending."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any, cast

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from companies.models import User
from limits.declared import RESEND, RESEND_ORDER
from notifications.confirmation.facts import ConfirmationFacts
from notifications.confirmation.letters import file_name, mail_to, pdf_of
from notifications.confirmation.writing import languages_of, letter_in, written_in
from notifications.models import Confirmation, ConfirmationCopy
from notifications.rules.recipients import Recipient, Why
from orders.form.placed import ResendForm
from orders.models import Order
from outbox.actions import as_sent, content_of
from outbox.models import Message
from portal.accounts.typed import filled_in
from portal.order.deliveries import Delivery
from portal.order.downloads import MAIL_POLICY, POLICY
from portal.order.quotes import serials_of
from portal.web import door
from portal.web.masked_links import masked
from portal.web.requests import user_of
from texts.as_json import from_json


@dataclass(frozen=True, slots=True)
class ShownCopy:
    language: str
    language_name: str
    subject: str
    text: str
    is_plain: bool  # there is no HTML of it


@dataclass(frozen=True, slots=True)
class ShownResend:
    addresses: str
    by: str
    at: Any


def confirmation_of(order: Order) -> Confirmation:
    if order.revision is None:
        raise Http404
    confirmation: Confirmation = order.revision.confirmation
    return confirmation


def confirmation_page(
    order: Order,
    form: ResendForm | None,
    deliveries: Sequence[Delivery],
    name: Callable[[User], str],
    *,
    for_staff: bool = False,
) -> dict[str, Any]:
    """The template's context; three statements, once its letters are written.

    `name` gives the name of a user for that page.
    """
    confirmation = confirmation_of(order)
    copies = [_shown(copy, for_staff) for copy in _copies(confirmation)]
    return {
        "order": order,
        "confirmation": confirmation,
        "serials": serials_of(order),
        "copies": copies,
        "other_languages": _other_languages(confirmation, copies),
        "deliveries": deliveries,
        "resends": [
            ShownResend(", ".join(again.addresses), name(again.by), again.at)
            for again in confirmation.resends.select_related("by")
        ],
        "form": form,
    }


def resend_form(request: HttpRequest, order: Order) -> ResendForm:
    confirmation = confirmation_of(order)
    languages = languages_of(confirmation)
    data = request.POST if request.method == "POST" else None
    return filled_in(request, ResendForm(data, confirmation=confirmation, languages=languages))


def is_within_limit(request: HttpRequest, order: Order, form: ResendForm) -> bool:
    """Counts one more mail, or shows at the form that there were too many."""
    tries = RESEND.of(user_of(request).pk), RESEND_ORDER.of(order.pk)
    text = _("It was sent again many times within an hour. Wait %(time)s, then send it.")
    return door.is_within(request, tries, form, text)


def copy_response(
    order: Order, language: str, kind: str, *, for_staff: bool = False
) -> HttpResponse:
    """The copy in that language as `kind`: pdf, html or eml.

    A PDF is drawn from the kept facts in a language in which none was sent. A mail is as it was
    sent, so there is none in another language.
    """
    answers = {"pdf": _pdf, "html": _html, "eml": _impersonal_mail}
    if kind not in answers:
        raise Http404
    copy = _copy_asked_for(language, kind, confirmation_of(order))
    return answers[kind](order, _without_links(copy) if for_staff else copy)


def delivery_response(order: Order, delivery: int) -> HttpResponse:
    """For staff: that mail with its own headers and the impersonal copy.

    No link of its recipient works in it.
    """
    message = confirmation_of(order).deliveries.filter(pk=delivery).first()
    if message is None:
        raise Http404
    headers = BytesHeaderParser().parsebytes(content_of(message))
    copy = _without_links(_copy_in(headers["Content-Language"], confirmation_of(order)))
    to = Recipient(message.recipients[0], copy.language, Why.RESENT)
    mail = mail_to(to, written_in(copy), None, _file_name(order, "pdf"))
    mail.extra_headers |= {"Date": headers["Date"], "Message-ID": message.message_id}
    return _file(order, as_sent(mail.message()), "eml", "message/rfc822")


def _copy_asked_for(language: str, kind: str, confirmation: Confirmation) -> ConfirmationCopy:
    sent = _copy_in(language, confirmation)
    if sent.language == language:
        return sent
    if kind != "pdf" or language not in dict(settings.LANGUAGES):
        raise Http404
    if not confirmation.facts:  # from before facts were kept: there is only what was sent
        return sent
    return ConfirmationCopy(confirmation=confirmation, language=language)


def _copy_in(language: str, confirmation: Confirmation) -> ConfirmationCopy:
    """The copy in that language, or another if there is none; written now if it isn't yet."""
    languages = languages_of(confirmation)
    return letter_in(language if language in languages else languages[0], confirmation)


def _without_links(copy: ConfirmationCopy) -> ConfirmationCopy:
    """The copy without the links and words that are only for its recipient."""
    return ConfirmationCopy(
        confirmation=copy.confirmation,
        language=copy.language,
        subject=copy.subject,
        text=masked(copy.text),
        html=masked(copy.html),
        pdf=_pdf_without_links(copy),
    )


def _pdf_without_links(copy: ConfirmationCopy) -> bytes:
    """The PDF, made again if the one that was sent has a link."""
    facts = _facts_of(copy)
    if facts is None or not any(serial.entered_url for serial in facts.serials):
        return copy.document
    serials = tuple(replace(serial, entered_url="") for serial in facts.serials)
    return pdf_of(replace(facts, serials=serials), copy.language)


def _facts_of(copy: ConfirmationCopy) -> ConfirmationFacts | None:
    """None for a copy from before facts were kept."""
    facts = copy.confirmation.facts
    return from_json(facts, ConfirmationFacts) if facts else None


def _copies(confirmation: Confirmation) -> Sequence[ConfirmationCopy]:
    """The copies, the reader's language first. What no worker wrote yet is written now."""
    shown = confirmation.copies.defer("html", "pdf", "packed_pdf").annotate(
        is_plain=ExpressionWrapper(Q(html=""), output_field=BooleanField())
    )
    copies = list(shown)
    missing = {*languages_of(confirmation)} - {copy.language for copy in copies}
    if missing:
        for language in missing:
            letter_in(language, confirmation)
        copies = list(shown.all())
    return sorted(copies, key=lambda copy: copy.language != get_language())


def _other_languages(
    confirmation: Confirmation, copies: Sequence[ShownCopy]
) -> list[tuple[str, str]]:
    """Codes and names of those in which only a PDF can be made, since no mail was sent."""
    sent = {copy.language for copy in copies}
    made = settings.LANGUAGES if confirmation.facts else []
    return [(code, name) for code, name in made if code not in sent]


def _shown(copy: ConfirmationCopy, for_staff: bool) -> ShownCopy:
    text = masked(copy.text) if for_staff else copy.text
    name = dict(settings.LANGUAGES)[copy.language]
    is_plain: bool = copy.is_plain  # type: ignore[attr-defined]  # annotated
    return ShownCopy(copy.language, name, copy.subject, text, is_plain)


def _pdf(order: Order, copy: ConfirmationCopy) -> HttpResponse:
    """The PDF; if it could not be made then, it is made now and is the same."""
    pdf, facts = copy.document, _facts_of(copy)
    if not pdf and facts is None:
        raise Http404
    drawn = pdf or pdf_of(cast("ConfirmationFacts", facts), copy.language)
    return _file(order, drawn, "pdf", "application/pdf")


def _html(order: Order, copy: ConfirmationCopy) -> HttpResponse:
    if not copy.html:
        raise Http404
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(copy.html, headers=headers)


def _impersonal_mail(order: Order, copy: ConfirmationCopy) -> HttpResponse:
    """The mail of the first recipient in that language, without the link to choose topics."""
    confirmation = copy.confirmation
    ours = [each for each in confirmation.told if each.company == order.company_id]
    told = next((each for each in ours if each.language == copy.language), None)
    to = told or Recipient(order.orderer.email, copy.language, Why.ORDERER)
    mail = mail_to(to, written_in(copy), None, _file_name(order, "pdf"))
    mail.extra_headers["Date"] = format_datetime(confirmation.revision.at)
    sent = Message.objects.filter(record=confirmation.record, recipients=[to.address]).first()
    if sent:
        mail.extra_headers["Message-ID"] = sent.message_id
    return _file(order, as_sent(mail.message()), "eml", "message/rfc822")


def _file(order: Order, content: bytes, ending: str, media_type: str) -> HttpResponse:
    name = _file_name(order, ending)
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": str(content_disposition_header(True, name)),
            "Content-Security-Policy": POLICY,
            "Cache-Control": "private, no-store",
        },
    )


def _file_name(order: Order, ending: str) -> str:
    if order.installation is None or order.revision is None:
        raise Http404
    return file_name(order.installation, str(order.revision), ending)
