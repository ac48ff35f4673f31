"""What we wrote to people: the copies that we keep."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.addresses import validate_can_be_written_to
from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.models import Company, Membership, User
from companies.plain_text import validate_one_line
from licensing.models import Installation, Revision
from notifications.recipients import Topic, Wishes
from outbox.models import Message


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> ContactQuerySet:
        """Those of the user's companies: who else hears of a site is nobody's business."""
        return self.filter(company__in=Company.objects.of_member(user).values("pk"))

    def told_of(self, installation: Installation) -> ContactQuerySet:
        """Who still has to do with it: the company does, and whoever was its member still is."""
        membership = Membership.objects.filter(
            company=OuterRef("company"), user=OuterRef("person"), user__is_active=True
        )
        ours = self.filter(installation=installation, company__in=installation.company_ids)
        return ours.filter(Q(person=None) | Exists(membership))

    def wishes(self) -> list[Wishes]:
        """What each wants to hear; one statement."""
        return [contact.wishes for contact in self.order_by("pk")]


class Contact(models.Model):
    """An address that a company wants to hear of an installation, and what it wants to hear.

    One that wants nothing is kept: so a purchase order that names it again does not undo that.
    """

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="contacts")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    person = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True
    )  # a member of the company when added: hears of the site only as long as they are one
    email = models.EmailField(
        _("email"),
        max_length=254,
        validators=[validate_can_be_written_to],
        error_messages={"invalid": _("Enter an address like name@company.com.")},
    )
    name = models.CharField(_("name"), max_length=150, blank=True, validators=[validate_one_line])
    language = models.CharField(
        _("language"), max_length=7, choices=settings.LANGUAGES, default="en"
    )
    confirmations = models.BooleanField(_("confirmations"), default=True)
    expiry = models.BooleanField(_("notices before terms end"), default=True)
    holds = models.BooleanField(_("orders held or rejected"), default=False)
    own_choice = models.BooleanField(_("chose it by the link in a mail"), default=False)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    changed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True
    )  # nobody: by the link
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                "installation",
                "company",
                Lower("email"),
                name="contact_once_per_installation",
                violation_error_message=_("This address is in the list already. Change it there."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def wishes(self) -> Wishes:
        topics = frozenset(topic for topic in Topic if getattr(self, topic))
        return Wishes(self.email, self.language, topics, self.company_id)


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
