"""Users, companies, and the membership of users in companies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.address_fields import AddressField
from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.names import KeyField, Named, NamedQuerySet, SortField
from companies.password_rule import normal
from companies.policies import Relation
from companies.signals import address_changed
from companies.time_zones import is_time_zone
from texts.addresses import MAX_ADDRESS
from texts.names import LONGEST_NAME

MAX_FULL_NAME = 150  # characters, of a person


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who logs in by email. Until a password is set, the user can't log in."""
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def members_of(self, company: Company) -> models.QuerySet[User]:
        """The members of the company who may log in, sorted by email."""
        members = Membership.objects.filter(company=company)
        return self.filter(is_active=True, pk__in=members.values("user")).order_by("email")

    def with_address(self, email: str | None) -> models.QuerySet[User]:
        """The user who has the address, in whatever way it is written: one user or none.

        A closed account that waits for an address of its own is left out.
        """
        return self.filter(email=email, same_address_as=None)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.with_address(username).get()


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Logs in by email; there is no user name."""

    email = AddressField(_("email"), max_length=MAX_ADDRESS)
    same_address_as = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )  # the older account with the same address; this one stays closed until it has another address
    full_name = models.CharField(_("full name"), max_length=MAX_FULL_NAME, blank=True)
    language = models.CharField(
        _("language"),
        max_length=7,
        choices=settings.LANGUAGES,
        default="en",
        help_text=_("The language of this person’s pages and mail."),
    )
    is_staff = models.BooleanField(
        _("vendor staff"), default=False, help_text=_("May log in to the sales desk.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Clear this instead of deleting the user.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(fields=["email", "id"], name="user_by_email"),
            models.Index(
                fields=["email", "id"], condition=Q(is_staff=True), name="user_staff_by_email"
            ),
            models.Index(
                fields=["email", "id"], condition=Q(is_active=False), name="user_closed_by_email"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(same_address_as__isnull=True),
                name="user_email_unique",
                violation_error_message=_("A user with this email address exists already."),
            ),
            models.CheckConstraint(
                condition=Q(same_address_as__isnull=True) | Q(is_active=False),
                name="user_closed_until_it_has_an_address_of_its_own",
                violation_error_message=_(
                    "Another account has the same address. Give this one another address first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the address until now if it changes, and tells all that was addressed to it."""
        before = self._address_before(kwargs.get("update_fields"))
        if before in ("", self.email):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            FormerAddress.objects.create(user=self, email=before)
            address_changed.send(User, user=self, before=before)

    def _address_before(self, update_fields: Collection[str] | None) -> str:
        """The address in the database; empty if this save can't change one."""
        if self._state.adding or (update_fields is not None and "email" not in update_fields):
            return ""
        return User.objects.filter(pk=self.pk).values_list("email", flat=True).first() or ""

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else normal(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Checks the normal form first, then the typed form: old passwords were kept as typed."""
        check, typed = super().check_password, raw_password or ""
        return any(check(password) for password in dict.fromkeys((normal(typed), typed)))

    @cached_property
    def own_memberships(self) -> list[Membership]:
        """The user's memberships, sorted by the companies' names, each with its company."""
        return list(self.memberships.in_order_of_companies())

    @property
    def company_ids(self) -> list[int]:
        """The keys of the companies that the user is a member of, read with the user."""
        return [membership.company_id for membership in self.own_memberships]

    def may_as_staff(self, permission: str) -> bool:
        """Whether the user is vendor staff with a permission like `orders.issue_order`."""
        return self.is_active and self.is_staff and self.has_perm(permission)

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()


class AddressCollision(AppendOnly):
    """A record that two accounts had one address in two spellings, and that the later was closed.

    The record stays whatever becomes of the account; see `User.same_address_as`.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="collision")
    other = models.ForeignKey(User, models.PROTECT, related_name="+")
    written = models.CharField(_("address as it was written"), max_length=MAX_ADDRESS)
    was_active = models.BooleanField(_("active before"))
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("collision of addresses")
        verbose_name_plural = _("collisions of addresses")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.written


class FormerAddressQuerySet(AppendOnlyQuerySet["FormerAddress"]):
    def counting(self) -> FormerAddressQuerySet:
        """Without those that an account has again."""
        has_it = User.objects.filter(email=OuterRef("email"), same_address_as=None)
        return self.filter(~Exists(has_it))


class FormerAddress(AppendOnly):
    """An address that an account had until then; see `companies.former_addresses`."""

    user = models.ForeignKey(User, models.PROTECT, related_name="former_addresses")
    email = AddressField(_("email"), max_length=MAX_ADDRESS, db_index=True)
    until = models.DateTimeField(_("until"), default=timezone.now)

    objects: ClassVar[models.Manager[Any]] = FormerAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.email


class CompanyQuerySet(NamedQuerySet["Company"]):
    def of_member(self, user: User) -> CompanyQuerySet:
        """The companies that the user is a member of, in any role."""
        return self.filter(pk__in=Membership.objects.filter(user=user).values("company"))


def validate_time_zone(value: str) -> None:
    if not is_time_zone(value):
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write one like America/Chicago."),
            params={"value": value},
        )


class Company(Named):
    """A customer account: a dealer who orders, or an end customer who owns systems."""

    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    name_key = KeyField(of="name")
    name_sort = SortField(of="name", db_index=True)
    auto_issue = models.BooleanField(
        _("issue without review"),
        default=False,
        help_text=_("Orders with nothing to warn about are issued as soon as they are placed."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="America/Chicago",
        validators=[validate_time_zone],
        help_text=_("Terms start and end on this company's calendar days."),
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Clear this to stop new orders.")
    )
    second_factor_required = models.BooleanField(
        _("two-step verification"),
        default=False,
        db_default=False,  # the version before this one adds companies, too
        help_text=_("All members need it. Members without it must set it up before they go on."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Company]] = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name_sort", "pk"]
        indexes = [
            models.Index(fields=["active", "name_sort", "id"], name="company_active_by_name"),
            models.Index(fields=["auto_issue", "name_sort", "id"], name="company_auto_by_name"),
            models.Index(
                fields=["second_factor_required", "name_sort", "id"], name="company_factor_by_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The rights of a member in a company. Each role includes those of the role before it."""

    VIEWER = "viewer", pgettext_lazy("role", "Viewer")  # sees
    BUYER = "buyer", pgettext_lazy("role", "Buyer")  # also orders
    OWNER = "owner", pgettext_lazy("role", "Owner")  # also manages members


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: User) -> MembershipQuerySet:
        """The members of the user's companies."""
        return self.filter(company__in=Company.objects.of_member(user).values("pk"))

    def in_order_of_companies(self) -> MembershipQuerySet:
        return self.select_related("company").order_by("company__name_sort", "company__pk")

    def owners_who_can_log_in(self) -> MembershipQuerySet:
        return self.filter(role=Role.OWNER, user__is_active=True)


class Membership(models.Model):
    """The user is a member of the company, in a role."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", verbose_name=_("user")
    )
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="memberships", verbose_name=_("company")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role)
    since = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Membership]] = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["company", "user"]
        indexes = [models.Index(fields=["role", "id"], name="membership_of_role")]
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "buyer", "owner"]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.company}"

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def relation(self) -> Relation:
        return Relation(self.role)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> InvitationQuerySet:
        """The invitations to the user's companies."""
        return self.filter(company__in=Company.objects.of_member(user).values("pk"))

    def open(self) -> InvitationQuerySet:
        """The invitations neither accepted nor revoked. Expired ones are among them."""
        return self.filter(accepted_at=None, revoked_at=None)

    def acceptable(self, at: dt.datetime) -> InvitationQuerySet:
        return self.open().filter(expires_at__gt=at)


class Invitation(models.Model):
    """Asks the person behind an address to become a member. Only the link holds the token."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="invitations")
    email = AddressField(_("email"), max_length=MAX_ADDRESS)
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )  # whose account had the address, and has another by now: the company need not know which
    role = models.CharField(_("role"), max_length=8, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("open until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager[Invitation]] = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["company", "-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open_per_address",
                violation_error_message=_("This address is invited already."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["viewer", "buyer", "owner"]), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_after_it_is_sent"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="invitation_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_not_accepted_and_revoked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.company}"

    @property
    def address(self) -> str:
        """The address that its mail goes to."""
        return self.person.email if self.person else self.email

    def is_for(self, user: User) -> bool:
        return user.pk == self.person_id if self.person_id else user.email == self.email

    def is_acceptable(self, at: dt.datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class MembershipEvent(AppendOnly):
    """An event of a member of a company, with its user and time.

    An event that concerns all members, like asking for a second factor, names no member.
    """

    class What(models.TextChoices):
        INVITED = "invited", pgettext_lazy("member", "Invited")
        INVITED_AGAIN = "invited_again", pgettext_lazy("member", "Invitation sent again")
        REVOKED = "revoked", pgettext_lazy("member", "Invitation revoked")
        JOINED = "joined", pgettext_lazy("member", "Joined")
        ROLE_CHANGED = "role_changed", pgettext_lazy("member", "Role changed")
        REMOVED = "removed", pgettext_lazy("member", "Removed")
        FACTOR_ASKED = "factor_asked", _("Two-step verification asked of all members")
        FACTOR_FREE = "factor_free", _("Two-step verification no longer asked")

    company = models.ForeignKey(
        Company, models.PROTECT, related_name="membership_events", verbose_name=_("company")
    )
    what = models.CharField(_("what"), max_length=13, choices=What)
    email = AddressField(_("email"), max_length=MAX_ADDRESS, blank=True)  # the address at that time
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # once a member
    role_before = models.CharField(_("role before"), max_length=8, choices=Role, blank=True)
    role_after = models.CharField(_("role after"), max_length=8, choices=Role, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of a member")
        verbose_name_plural = _("events of members")
        ordering = ["company", "pk"]
        indexes = [
            models.Index(fields=["at", "id"], name="membership_event_newest"),
            models.Index(fields=["what", "at", "id"], name="membership_event_newest_of"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["invited", "invited_again", "revoked"], user__isnull=True)
                | Q(what__in=["joined", "role_changed", "removed"], user__isnull=False)
                | Q(what__in=["factor_asked", "factor_free"], user__isnull=True, email=""),
                name="membership_event_names_its_member",
            ),
            models.CheckConstraint(
                condition=Q(
                    what__in=["invited", "invited_again", "joined"],
                    role_before="",
                    role_after__in=["viewer", "buyer", "owner"],
                )
                | Q(
                    what__in=["revoked", "removed"],
                    role_before__in=["viewer", "buyer", "owner"],
                    role_after="",
                )
                | (
                    Q(
                        what="role_changed",
                        role_before__in=["viewer", "buyer", "owner"],
                        role_after__in=["viewer", "buyer", "owner"],
                    )
                    & ~Q(role_before=F("role_after"))
                )
                | Q(what__in=["factor_asked", "factor_free"], role_before="", role_after=""),
                name="membership_event_has_its_roles",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.company}: {self.get_what_display()}"
