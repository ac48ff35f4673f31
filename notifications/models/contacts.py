"""The contacts of a site and the mail that each of them gets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import JSONArray
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.address_fields import AddressField
from companies.models import Company, Membership, User
from companies.plain_text import validate_one_line
from licensing.models import Installation
from notifications.rules.recipients import Topic, Wishes
from texts.addresses import MAX_ADDRESS

TOPIC_NAMES = {
    Topic.CONFIRMATIONS: _("confirmations"),
    Topic.EXPIRY: _("notices before terms end"),
    Topic.HOLDS: _("orders held, rejected or canceled"),
}


class _AsList(models.Aggregate):
    """All rows as one JSON list, on either database."""

    function = "JSONB_AGG"
    output_field = models.JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> ContactQuerySet:
        """The contacts of the user's companies; the user may not see those of other companies."""
        return self.filter(company__in=Company.objects.of_member(user).values("pk"))

    def listed(self) -> ContactQuerySet:
        """Without those that were removed."""
        return self.filter(removed_at=None)

    def told(self) -> ContactQuerySet:
        """The contacts that get mail: their company has the site, and members are still members."""
        return self.listed()._counting()

    def heard(self) -> ContactQuerySet:
        """The same, and removed ones whose own choice still counts where an order names them."""
        return self.filter(Q(removed_at=None) | Q(own_choice=True))._counting()

    def _counting(self) -> ContactQuerySet:
        company = Q(company=F("installation__company")) | Q(company=F("installation__end_customer"))
        membership = Membership.objects.filter(
            company=OuterRef("company"), user=OuterRef("person"), user__is_active=True
        )
        return self.filter(company, Q(person=None) | Exists(membership))

    def wishes(self) -> list[Wishes]:
        """The topics that each contact wants; one statement."""
        return [contact.wishes for contact in self.order_by("pk")]

    def of(self, installation: models.OuterRef) -> models.Subquery:
        """The contacts of a row's installation, without an extra statement. See `wishes_in`."""
        said = JSONArray("pk", "email", "language", "company", "removed_at", *Topic)
        contacts = self.heard().filter(installation=installation).order_by().values("installation")
        return models.Subquery(contacts.annotate(said=_AsList(said)).values("said"))


class Contact(models.Model):
    """An address that a company wants to be told about an installation, with its topics.

    A contact without topics is kept, so that a purchase order that names it does not undo the
    choice. So is a removed one: adding it again does not undo what the address chose itself, and
    the link in its old mail does not bring it back.
    """

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="contacts")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    person = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True
    )  # if set, the contact gets mail only while this person is a member of the company
    email = AddressField(
        _("email"),
        max_length=MAX_ADDRESS,
        error_messages={"invalid": _("Enter an address like name@company.com.")},
    )
    name = models.CharField(_("name"), max_length=150, blank=True, validators=[validate_one_line])
    language = models.CharField(
        _("language"), max_length=7, choices=settings.LANGUAGES, default="en"
    )
    confirmations = models.BooleanField(TOPIC_NAMES[Topic.CONFIRMATIONS], default=True)
    expiry = models.BooleanField(TOPIC_NAMES[Topic.EXPIRY], default=True)
    holds = models.BooleanField(TOPIC_NAMES[Topic.HOLDS], default=False)
    own_choice = models.BooleanField(_("chose it by the link in a mail"), default=False)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    changed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True
    )  # null: chosen by the link
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)
    removed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    told_since = models.DateTimeField(
        _("told since"), default=timezone.now, editable=False
    )  # earlier events are not told afterwards

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["email"]
        indexes = [
            models.Index(
                fields=["email", "id"], condition=Q(removed_at=None), name="contact_by_email"
            ),
            *(
                models.Index(
                    fields=[column, "email", "id"],
                    condition=Q(removed_at=None),
                    name=f"contact_{column}_by_email",
                )
                for column in (*map(str, Topic), "language")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["installation", "company", "email"],
                name="contact_once_per_installation",
                violation_error_message=_("This address is in the list already. Change it there."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def gets(self) -> list[str]:
        """The topics of the contact, in words."""
        return [str(TOPIC_NAMES[topic]) for topic in self.topics]

    @property
    def topics(self) -> list[Topic]:
        return [topic for topic in Topic if getattr(self, topic)]

    @property
    def wishes(self) -> Wishes:
        listed = self.removed_at is None
        return Wishes(self.email, self.language, frozenset(self.topics), self.company_id, listed)


def wishes_in(contacts: Sequence[Sequence[Any]] | None) -> list[Wishes]:
    """Makes the wishes of what `ContactQuerySet.of` read; none if the row has no installation."""
    return [
        Wishes(address, language, frozenset(compress(Topic, wants)), company, not removed)
        for _pk, address, language, company, removed, *wants in sorted(
            contacts or (), key=itemgetter(0)
        )
    ]
