"""Every kind of mail that we send, with sample data, for the previews at the desk.

A sample is a small function of a language that returns the mail as it would be sent. It writes
nothing and reads no database: its people and sites exist only here. To add a kind of mail, add its
sample beside its facts, and name the module in portal/desk/previews.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.core.mail import EmailMessage
from django.utils.functional import Promise
from django.utils.timezone import override as in_time_zone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override as in_language

from companies import invitation_mail
from companies.models import Company, Invitation, Role, User
from notifications.letter_alerts import letter_alert
from notifications.mail_alerts import alert_mail
from outbox.watch import News, Queue

Render = Callable[[str], EmailMessage]

AT = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)  # the clock of the samples
READER = "ann@dealer.example"


@dataclass(frozen=True, slots=True)
class Sample:
    kind: str  # its part of the page's address
    title: str | Promise
    render: Render

    def mail(self, language: str) -> EmailMessage:
        with in_language(language), in_time_zone(dt.UTC):
            return self.render(language)


SAMPLES: dict[str, Sample] = {}


def sample(kind: str, title: str | Promise) -> Callable[[Render], Render]:
    """Registers a function that renders a mail in a language."""

    def register(render: Render) -> Render:
        SAMPLES[kind] = Sample(kind, title, render)
        return render

    return register


def company() -> Company:
    return Company(name="Harbor Security", time_zone="America/Chicago")


@sample("invitation", _("Invitation to a company"))
def invitation(language: str) -> EmailMessage:
    invited = Invitation(
        company=company(),
        email=READER,
        role=Role.BUYER,
        invited_by=User(email="owner@dealer.example"),
        sent_at=AT,
        expires_at=AT + dt.timedelta(days=7),
    )
    return invitation_mail.message(invited, "sample", language)


@sample("alert-stuck", _("To staff: mail is stuck"))
def alert_stuck(language: str) -> EmailMessage:
    queue = Queue(AT, 12, AT - dt.timedelta(minutes=43), 0, 2, AT, AT)
    return alert_mail(News.STUCK, queue, "watcher@vendor.example", language)


@sample("alert-refused", _("To staff: a mail server takes no mail from us"))
def alert_refused(language: str) -> EmailMessage:
    queue = Queue(AT, 3, AT - dt.timedelta(minutes=2), 3, 0, None, None)
    return alert_mail(News.STUCK, queue, "watcher@vendor.example", language)


@sample("alert-failed", _("To staff: mail was not delivered"))
def alert_failed(language: str) -> EmailMessage:
    queue = Queue(AT, 0, None, 0, 1, AT, AT)
    return alert_mail(News.STUCK, queue, "watcher@vendor.example", language)


@sample("alert-over", _("To staff: mail is well again"))
def alert_over(language: str) -> EmailMessage:
    queue = Queue(AT, 0, None, 0, 0, None, None)
    return alert_mail(News.WELL_AGAIN, queue, "watcher@vendor.example", language)


@sample("alert-letter", _("To staff: a confirmation could not be written"))
def alert_letter(language: str) -> EmailMessage:
    subject = "License confirmation R1 · Harbor Point Terminal · PO 4711"
    return letter_alert(subject, "watcher@vendor.example", language)
