"""The copies that we keep of confirmations."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.address_fields import AddressListField
from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.models import User
from licensing.models import Revision
from notifications.models.packed import PackedField
from notifications.rules.recipients import Recipient
from outbox.models import Message
from texts.as_json import from_json


class Confirmation(AppendOnly):
    """The confirmation of a revision: its facts, and its recipients with the reason for each."""

    revision = models.OneToOneField(Revision, models.PROTECT, related_name="confirmation")
    revised = models.BooleanField(pgettext_lazy("confirmation", "revised"))
    record = models.CharField(
        _("record"), max_length=40, unique=True
    )  # names its mails in the outbox
    subject = models.CharField(_("subject"), max_length=255)  # in the orderer's language
    facts = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder
    )  # see `notifications.confirmation.facts`
    recipients = models.JSONField(_("recipients"), default=list)  # each a `Recipient`

    objects: ClassVar[models.Manager[Confirmation]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["revision"]
        permissions = [("resend_confirmation", _("Can send confirmations again"))]

    def __str__(self) -> str:
        return self.subject

    @property
    def deliveries(self) -> models.QuerySet[Message]:
        """Its mails in the outbox, with the state of each."""
        return Message.objects.of_record(self.record)

    @property
    def told(self) -> list[Recipient]:
        """The first recipients, with language and reason."""
        return from_json(self.recipients, list[Recipient])

    @property
    def languages(self) -> list[str]:
        """The languages of its letters, the orderer's first; rows from before that have none."""
        return list(dict.fromkeys(each.language for each in self.told))


class ConfirmationCopy(AppendOnly):
    """A confirmation in one language, word for word as it was sent.

    It is written once, soon after the issue (`notifications.confirmation.writing`). In place of
    each recipient's own link it has a text. What else a mail of it has is in the outbox.
    """

    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="copies")
    language = models.CharField(_("language"), max_length=7, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))  # empty if only a plain text could be written
    # Older copies have theirs in `pdf`, as it was sent. None has one if it could not be drawn.
    pdf = models.BinaryField("PDF", default=b"", db_default=b"")
    packed_pdf = PackedField(null=True)
    written_at = models.DateTimeField(_("written"), null=True)  # null: with its issue, formerly

    class Meta:
        verbose_name = _("copy of a confirmation")
        verbose_name_plural = _("copies of confirmations")
        ordering = ["confirmation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["confirmation", "language"], name="confirmation_copy_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def document(self) -> bytes:
        """The PDF; empty if it could not be drawn."""
        return bytes(self.packed_pdf or self.pdf)


class LetterTries(models.Model):
    """A letter that is being written, or that could not be, so that it went out as plain text.

    A try counts before it begins, since a process may die of a letter. The row is deleted once the
    letter is written.
    """

    confirmation = models.ForeignKey(Confirmation, models.CASCADE, related_name="+")
    language = models.CharField(max_length=7, choices=settings.LANGUAGES)
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(default=timezone.now)  # the last try
    plain_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["confirmation", "language"], name="letter_tries_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.confirmation_id} {self.language}: {self.tries}"


class Resend(AppendOnly):
    """A confirmation that was sent again: the same letters, in new mails."""

    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="resends")
    addresses = AddressListField(_("to"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("confirmation sent again")
        verbose_name_plural = _("confirmations sent again")
        ordering = ["confirmation", "pk"]

    def __str__(self) -> str:
        return ", ".join(self.addresses)
