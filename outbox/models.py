from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from texts.addresses import MAX_ADDRESS


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> Self:
        """Mails that are neither sent nor given up."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])

    def untouched(self) -> Self:
        """Mails that no worker has taken yet."""
        return self.filter(state=Message.State.QUEUED, attempts=0)

    def due(self, at: datetime) -> Self:
        """Mails that a worker should take: queued, or left by a worker whose lease is over.

        Expired private mail is left out.
        """
        return self.waiting().filter(due_at__lte=at).exclude(expires_at__lte=at)

    def not_delivered(self) -> Self:
        """Mails that failed, or came back after the mail server had taken them."""
        return self.filter(state__in=NOT_DELIVERED)

    def undealt(self) -> Self:
        """Mails that were not delivered and are not dealt with: tasks for sales."""
        return self.not_delivered().filter(dealt_with_at=None)

    def to_try_again(self, at: datetime) -> Self:
        """Mails that were not delivered and whose content is still here and of use."""
        failed = Q(state=Message.State.FAILED) & (Q(expires_at=None) | Q(expires_at__gt=at))
        returned = Q(state=Message.State.RETURNED) & ~Q(record="")
        return self.filter(failed | returned)

    def over(self, at: datetime) -> Self:
        """Private mails that expired before they were sent.

        A mail that a worker holds now is left out until the lease is over.
        """
        kept = self.filter(state__in=UNSENT, expires_at__lte=at)
        return kept.exclude(state=Message.State.SENDING, due_at__gt=at)

    def done(self, before: datetime) -> Self:
        """Private mails from before then, about which nothing is left to do."""
        dealt_with = Q(state=Message.State.RETURNED, dealt_with_at__isnull=False)
        done = Q(state__in=[Message.State.SENT, Message.State.EXPIRED]) | dealt_with
        return self.filter(done, record="", state__in=NO_LONGER_KEPT, queued_at__lt=before)

    def undrawn(self) -> Self:
        """Mails whose letter is not written yet, or that have not got it yet."""
        return self.filter(UNDRAWN)

    def without_content(self) -> Self:
        """For lists: what is sent may be large."""
        return self.defer("raw", "head")

    def of_record(self, record: str) -> Self:
        return self.filter(record=record)


MAX_NOTE = 500  # characters
NOT_DELIVERED = ["failed", "returned"]
NO_LONGER_KEPT = ["sent", "returned", "expired"]  # states in which private content is erased
UNDRAWN = ~Q(drawn_by="") & Q(head=None)
UNSENT = ["queued", "sending", "failed"]  # states in which a mail's content is needed


class Message(models.Model):
    """One mail to one address, kept as the bytes that are sent, or as what they are drawn from.

    A mail with `drawn_by` is put together whenever it is sent, from its headers and a letter that
    an app above keeps once for many mails, see `outbox.content`.

    A mail to several people has a row for each: each row has its own state, so a refused address
    delays no other. A private mail is kept until a link in it ends, or for some days; its bytes are
    in `PrivateContent`, not here where staff search and filter.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        RETURNED = "returned", _("Returned")
        EXPIRED = "expired", pgettext_lazy("mail", "Expired")

    class FailedFor(models.TextChoices):
        ADDRESS = "address", _("The mail server refused the address")
        CONTENT = "content", _("The mail server refused the mail")
        POLICY = "policy", _("The mail server takes no mail from us")
        TRIES = "tries", _("No mail server took it for two days")

    record = models.CharField(
        _("record"),
        max_length=100,
        blank=True,
        db_index=True,
        help_text=_(
            "The name of the record that the mail belongs to. Private mail has none and is "
            "erased once sent."
        ),
    )
    sender = models.CharField(_("sender"), max_length=320)  # of the envelope: a bare address
    recipients = models.JSONField(_("recipients"))  # of the envelope: a list of one bare address
    subject = models.TextField(_("subject"), blank=True)
    message_id = models.CharField(_("message ID"), max_length=320, unique=True)
    # null: private, see PrivateContent, or drawn
    raw = models.BinaryField(_("content"), null=True)
    # The name by which outbox.content knows who draws it, and what that one has to know about it.
    drawn_by = models.CharField(max_length=20, blank=True, default="", db_default="")
    drawing = models.JSONField(null=True, blank=True)
    head = models.BinaryField(null=True)  # its headers as they are sent; null: not drawn yet
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")  # SHA-256
    expires_at = models.DateTimeField(_("of use until"), null=True, blank=True)  # private mail
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # How often the mail server said that it takes no mail from us, see outbox.answers.
    refusals = models.PositiveSmallIntegerField(_("refusals"), default=0, db_default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)  # if claimed: the lease's end
    claim = models.UUIDField(_("claim"), null=True, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    failed_for = models.CharField(
        _("failed because"),
        max_length=7,
        choices=FailedFor.choices,
        blank=True,
        default="",
        db_default="",
    )
    # The fingerprint of the last bounce: the same one again says nothing new.
    bounce = models.CharField(
        _("bounce"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    dealt_with_at = models.DateTimeField(_("dealt with at"), null=True, blank=True)
    # The person is kept as text: users belong to an app above, and their accounts may change.
    dealt_with_by = models.CharField(
        _("dealt with by"), max_length=MAX_ADDRESS, blank=True, default="", db_default=""
    )
    dealt_with_note = models.CharField(
        _("what was done"), max_length=MAX_NOTE, blank=True, default="", db_default=""
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [
            ("retry_message", _("Can try to send failed mail again")),
            ("deal_with_message", _("Can mark failed mail as dealt with")),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["queued", "sending"]),
                name="outbox_message_waiting",
            ),
            models.Index(fields=["id"], condition=UNDRAWN, name="outbox_message_undrawn"),
            models.Index(
                fields=["queued_at"], condition=Q(state="failed"), name="outbox_message_failed"
            ),
            models.Index(
                fields=["failed_at"],
                condition=Q(state__in=NOT_DELIVERED, dealt_with_at__isnull=True),
                name="outbox_message_undealt",
            ),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["failed", "returned", "expired"]),
                name="outbox_message_not_sent",
            ),
            models.Index(
                fields=["id"], condition=Q(dealt_with_at__isnull=False), name="outbox_message_dealt"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=UNSENT, expires_at__isnull=False),
                name="outbox_message_will_expire",
            ),
            models.Index(
                fields=["queued_at", "id"],
                condition=Q(record="", state__in=NO_LONGER_KEPT),
                name="outbox_message_done",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "sending", "sent", "failed", "returned", "expired"]
                ),
                name="outbox_message_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "returned"], sent_at__isnull=False)
                | (~Q(state__in=["sent", "returned"]) & Q(sent_at__isnull=True)),
                name="outbox_message_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", claim__isnull=False)
                | (~Q(state="sending") & Q(claim__isnull=True)),
                name="outbox_message_sending_has_a_claim",
            ),
            models.CheckConstraint(
                condition=Q(record="", raw__isnull=True, drawn_by="")
                | (~Q(record="") & Q(raw__isnull=False, drawn_by=""))
                | (~Q(record="") & Q(raw__isnull=True) & ~Q(drawn_by="")),
                name="outbox_message_private_content_is_apart",
            ),
            models.CheckConstraint(
                condition=(~Q(drawn_by="") & Q(head__isnull=False) & ~Q(fingerprint=""))
                | Q(head__isnull=True, fingerprint="", drawn_by="")
                | (Q(head__isnull=True, fingerprint="") & ~Q(state__in=["sent", "returned"])),
                name="outbox_message_drawn_before_it_is_sent",
            ),
            models.CheckConstraint(
                condition=Q(record="", expires_at__isnull=False)
                | (~Q(record="") & Q(expires_at__isnull=True)),
                name="outbox_message_only_private_mail_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state="expired") | Q(record=""),
                name="outbox_message_only_private_mail_expires",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["failed", "returned", "expired"])
                | Q(failed_at__isnull=True, failed_for=""),
                name="outbox_message_only_failed_mail_says_why",
            ),
            models.CheckConstraint(
                condition=Q(dealt_with_at__isnull=True, dealt_with_by="", dealt_with_note="")
                | (
                    Q(
                        state__in=["failed", "returned", "expired"],
                        dealt_with_at__isnull=False,
                    )
                    & ~Q(dealt_with_by="")
                ),
                name="outbox_message_dealt_with_says_who",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned")
                | (Q(failed_at__isnull=False) & ~Q(failed_for="") & ~Q(bounce="")),
                name="outbox_message_returned_by_a_bounce",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.message_id}"

    @property
    def is_task(self) -> bool:
        return self.state in NOT_DELIVERED and self.dealt_with_at is None

    def is_over(self, at: datetime) -> bool:
        """Whether the mail has expired: a link in it no longer works."""
        return self.expires_at is not None and self.expires_at <= at

    def may_be_tried_again(self, at: datetime) -> bool:
        """As `to_try_again` of the queryset: private mail is erased once it is sent."""
        if self.state == self.State.RETURNED:
            return bool(self.record)
        return self.state == self.State.FAILED and not self.is_over(at)


class PrivateContent(models.Model):
    """The bytes of a private mail, from the queue until it is sent or expires.

    They have a table of their own because their links let people log in. No list of the desk shows
    them, and a mail has no relation that leads here. (Django names such a relation "+"; the desk's
    lists refuse it, as they refuse all that they don't show.)
    """

    message = models.OneToOneField(
        Message, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("message")
    )
    raw = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("content of a private mail")
        verbose_name_plural = _("contents of private mail")
        default_permissions = ()

    def __str__(self) -> str:
        return f"of mail {self.pk}"


class ArchivedMessage(models.Model):
    """A private mail that was done long ago: to whom it went, about what, and when.

    A record is never archived: pages tell from it who was told, and it can be sent again.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)  # that it had as a message
    recipients = models.JSONField(_("recipients"))
    subject = models.TextField(_("subject"), blank=True)
    message_id = models.CharField(_("message ID"), max_length=320)
    state = models.CharField(_("state"), max_length=8, choices=Message.State.choices)
    queued_at = models.DateTimeField(_("queued at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("archived message")
        verbose_name_plural = _("archived messages")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=NO_LONGER_KEPT), name="outbox_archived_message_is_done"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.message_id}"


class Alarm(models.Model):
    """One row. It records whether staff know that mail is stuck, so that one worker tells them."""

    since = models.DateTimeField(null=True)  # null: all is well, as far as staff know
    told_at = models.DateTimeField(null=True)  # the last mail to staff that got through
    trying_until = models.DateTimeField(null=True)  # a worker tells until then

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="outbox_alarm_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"since {self.since}" if self.since else "all is well"


class BounceMailbox(models.Model):
    """How far a mailbox of bounces was read; it is not changed itself.

    A mail server numbers the mails of a folder, and starts anew under another validity.
    """

    name = models.CharField(max_length=500, unique=True)  # user, host and folder
    validity = models.BigIntegerField(default=0)
    last_number = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)  # the last run that came to its end

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
