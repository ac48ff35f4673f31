"""Tells staff that mail is stuck, and when it is well again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from companies.models import User
from outbox.actions import send_now
from outbox.links import mailed_link
from outbox.signals import worker_looks_up
from outbox.transports import Transport
from outbox.watch import REMIND_AFTER, News, Queue, claim_news, measure, told

logger = logging.getLogger(__name__)


@receiver(worker_looks_up)
def watch(*, transport: Transport, at: dt.datetime, **_: Any) -> None:
    """Sends the news itself, ahead of the queue that may be stuck."""
    queue = measure(at)
    news = claim_news(queue)
    if news is None:
        return
    _log(news, queue)
    mails = [alert_mail(news, queue, *reader) for reader in readers()]
    taken = [send_now(mail, transport) for mail in mails]
    if any(taken) or not mails:  # without readers, the log has to do
        told(news, at)
    else:
        logger.error("alert mail not sent, tried again later")


def readers() -> Iterator[tuple[str, str]]:
    """Addresses and languages: those of the settings, else of the staff who see the outbox."""
    for address in settings.ALERT_EMAILS:
        yield address, settings.LANGUAGE_CODE
    if settings.ALERT_EMAILS:
        return
    for user in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
        if user.has_perm("outbox.view_message"):
            yield user.email, user.language


def alert_mail(news: News, queue: Queue, address: str, language: str) -> EmailMessage:
    path = reverse("admin:outbox_message_changelist")
    context = {
        "queue": queue,
        "stuck": news is News.STUCK,
        "hours": round(REMIND_AFTER.total_seconds() / 3600),
        "link": mailed_link(path),
        "sales_phone": settings.SALES_PHONE,
        "sales_email": settings.SALES_EMAIL,
    }
    with override(language):
        subject = " ".join(render_to_string("mail/alert.subject.txt", context).split())
        text = render_to_string("mail/alert.txt", context)
        html = render_to_string("mail/alert.html", context)
    mail = EmailMultiAlternatives(subject, text, to=[address])
    mail.attach_alternative(html, "text/html")
    return mail


def _log(news: News, queue: Queue) -> None:
    facts = {
        "waiting": queue.waiting,
        "oldest_seconds": round(queue.age.total_seconds()),
        "not_delivered": queue.not_delivered,
    }
    if news is News.STUCK:
        logger.error("mail is stuck", extra=facts)
    else:
        logger.info("mail is well again", extra=facts)
