"""What we wrote to people: the copies that we keep."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.append_only import AppendOnly, AppendOnlyQuerySet
from licensing.models import Revision
from outbox.models import Message


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
