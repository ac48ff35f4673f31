"""What we wrote to people: the copies that we keep."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.addresses import validate_can_be_written_to
from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.models import User
from companies.plain_text import validate_one_line
from licensing.models import Installation, Revision
from notifications.notice_models import (  # noqa: F401 - Django looks here
    Notice,
    NoticeMail,
    NoticeRun,
    NoticeSchedule,
    Reminder,
)
from notifications.recipients import Topic, Wishes
from outbox.models import Message


class ContactQuerySet(models.QuerySet["Contact"]):
    def wishes(self) -> list[Wishes]:
        """What each wants to hear; one statement."""
        return [contact.wishes for contact in self.order_by("pk")]


class Contact(models.Model):
    """An address that hears of an installation, and what it wants to hear.

    One that wants nothing is kept: so a purchase order that names it again does not undo that.
    """

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="contacts")
    email = models.EmailField(_("email"), max_length=254, validators=[validate_can_be_written_to])
    name = models.CharField(_("name"), max_length=150, blank=True, validators=[validate_one_line])
    language = models.CharField(
        _("language"), max_length=7, choices=settings.LANGUAGES, default="en"
    )
    confirmations = models.BooleanField(_("confirmations"), default=True)
    expiry = models.BooleanField(_("expiry notices"), default=True)
    holds = models.BooleanField(_("orders on hold"), default=False)
    added_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True
    )  # or by link
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    told_since = models.DateTimeField(
        _("told since"), default=timezone.now, editable=False
    )  # what came up before is not told afterwards

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                "installation",
                Lower("email"),
                name="contact_once_per_installation",
                violation_error_message=_("This address is a contact of this site already."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def wishes(self) -> Wishes:
        topics = frozenset(topic for topic in Topic if getattr(self, topic))
        return Wishes(self.email, self.language, topics)


class Confirmation(AppendOnly):
    """The mail that tells the serial numbers after a revision, word for word as it was sent."""

    revision = models.OneToOneField(Revision, models.PROTECT, related_name="confirmation")
    revised = models.BooleanField(pgettext_lazy("confirmation", "revised"))
    record = models.CharField(
        _("record"), max_length=40, unique=True
    )  # names its mails in the outbox
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))

    objects: ClassVar[models.Manager[Confirmation]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["revision"]

    def __str__(self) -> str:
        return self.subject

    @property
    def deliveries(self) -> models.QuerySet[Message]:
        """Its mails in the outbox, with where each of them stands."""
        return Message.objects.of_record(self.record)
