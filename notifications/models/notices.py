"""Notices that were sent, so that none is sent twice, and the runs that sent them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from companies.address_fields import AddressField
from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.models import User
from licensing.models import Installation, Lot, Serial
from notifications.rules.schedule import EXPIRY_STEPS
from outbox.models import Message
from texts.addresses import MAX_FOLDED


def validate_steps(value: Any) -> None:
    """Refuses a value that is no step, and a step that stands there twice."""
    if not isinstance(value, list) or sorted({*value} & {*EXPIRY_STEPS}) != sorted(value):
        raise ValidationError(_("Choose among the days in the list."), code="no_steps")


class NoticeSchedule(models.Model):
    """The days on which an installation's contacts are told that terms end, unless the usual."""

    installation = models.OneToOneField(
        Installation, models.PROTECT, related_name="notice_schedule"
    )
    steps = models.JSONField(_("days"), validators=[validate_steps], blank=True)
    changed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("schedule of notices")
        verbose_name_plural = _("schedules of notices")

    def __str__(self) -> str:
        return str(self.installation)


class NoticeRun(models.Model):
    """One run of `manage.py send_notices`: the proof that it ran."""

    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)  # null: it is running or was cut off
    host = models.CharField(_("machine"), max_length=255)
    installations = models.PositiveIntegerField(_("installations looked at"), default=0)
    mails = models.PositiveIntegerField(_("mails queued"), default=0)
    failures = models.PositiveIntegerField(_("installations that failed"), default=0)

    class Meta:
        verbose_name = _("run of notices")
        verbose_name_plural = _("runs of notices")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["-ended_at"], name="notice_run_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="notice_run_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        started = date_format(timezone.localtime(self.started_at), "DATETIME_FORMAT")
        return f"{started}, {self.host}"


class NoticeMail(AppendOnly):
    """All that one address was told about one installation on one day, in one mail."""

    class About(models.TextChoices):
        EXPIRY = "expiry", _("Terms that end")
        CHANGEOVER = "changeover", _("Serial numbers to enter")

    run = models.ForeignKey(NoticeRun, models.PROTECT, related_name="notice_mails")
    installation = models.ForeignKey(Installation, models.PROTECT, related_name="notice_mails")
    about = models.CharField(_("about"), max_length=10, choices=About)
    address = AddressField(_("address"), max_length=MAX_FOLDED)
    day = models.DateField(_("day"))  # in the company's time zone
    record = models.CharField(_("record"), max_length=100, db_index=True)  # of its mail

    objects: ClassVar[models.Manager[Any]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail of notices")
        verbose_name_plural = _("mails of notices")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["installation", "about", "address", "day"], name="notice_mail_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_about_display()}: {self.address}, {self.day}"

    @property
    def deliveries(self) -> models.QuerySet[Message]:
        """The mails of its record in the outbox: one for each address."""
        return Message.objects.of_record(self.record)


class Notice(AppendOnly):
    """An address was told, at this step, that a lot ends."""

    mail = models.ForeignKey(NoticeMail, models.PROTECT, related_name="notices")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="notices")
    address = AddressField(_("address"), max_length=MAX_FOLDED)
    step = models.SmallIntegerField(_("step"))  # see notifications.rules.schedule

    objects: ClassVar[models.Manager[Any]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "address", "step"], name="notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.step:+}"


class Reminder(AppendOnly):
    """An address was reminded, at this step, to enter a serial at the server."""

    mail = models.ForeignKey(NoticeMail, models.PROTECT, related_name="reminders")
    serial = models.ForeignKey(Serial, models.PROTECT, related_name="reminders")
    address = AddressField(_("address"), max_length=MAX_FOLDED)
    step = models.SmallIntegerField(_("step"))  # see notifications.rules.schedule

    objects: ClassVar[models.Manager[Any]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["serial", "address", "step"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.step:+}"
