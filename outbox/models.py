from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> Self:
        """Neither sent nor given up."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])

    def due(self, at: datetime) -> Self:
        """Waiting for a worker: queued, or left behind by a worker whose lease is over."""
        return self.waiting().filter(due_at__lte=at)

    def of_record(self, record: str) -> Self:
        return self.filter(record=record)


class Message(models.Model):
    """One mail with its envelope, rendered once and kept as the bytes that are sent."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    record = models.CharField(
        _("record"),
        max_length=100,
        blank=True,
        db_index=True,
        help_text=_("What the mail is a record of. Private mail has none and is erased once sent."),
    )
    sender = models.CharField(_("sender"), max_length=320)  # envelope: a bare address
    recipients = models.JSONField(_("recipients"))  # envelope: bare addresses, Bcc included
    subject = models.TextField(_("subject"), blank=True)
    message_id = models.CharField(_("message ID"), max_length=320, unique=True)
    raw = models.BinaryField(_("content"), null=True)  # null: a private mail that was sent
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)  # of a claimed one: lease end
    claim = models.UUIDField(_("claim"), null=True, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("retry_message", _("Can try to send failed mail again"))]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["queued", "sending"]),
                name="outbox_message_waiting",
            ),
            models.Index(
                fields=["queued_at"], condition=Q(state="failed"), name="outbox_message_failed"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed"]),
                name="outbox_message_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="outbox_message_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", claim__isnull=False)
                | (~Q(state="sending") & Q(claim__isnull=True)),
                name="outbox_message_sending_has_a_claim",
            ),
            models.CheckConstraint(
                condition=Q(record="", state="sent", raw__isnull=True)
                | (~Q(record="", state="sent") & Q(raw__isnull=False)),
                name="outbox_message_only_sent_private_mail_is_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.message_id}"
