"""The mail about a held order: what it waits for, and how to answer."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from companies.models import Company
from companies.time_zones import local_date


@dataclass(frozen=True, slots=True)
class HoldFacts:
    recipient: str
    company: Company
    po_number: str
    order_number: str
    order_path: str
    reason: str
    link_path: str  # where it is answered without a log-in; empty where no serial is the answer
    link_ends: dt.datetime


def hold_mail(facts: HoldFacts) -> EmailMultiAlternatives:
    context = {
        "facts": facts,
        "link": f"{settings.PORTAL_URL}{facts.link_path}" if facts.link_path else "",
        "last_day": local_date(facts.link_ends, facts.company.time_zone),
        "order_url": f"{settings.PORTAL_URL}{facts.order_path}",
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
    }
    message = EmailMultiAlternatives(
        " ".join(render_to_string("mail/held.subject.txt", context).split()),
        render_to_string("mail/held.txt", context),
        to=[facts.recipient],
    )
    message.attach_alternative(render_to_string("mail/held.html", context), "text/html")
    return message
