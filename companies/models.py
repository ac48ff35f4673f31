"""Who may do what: users, companies, and the place of one in the other."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.time_zones import is_time_zone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who logs in by email. Without a password nobody can log in until one is set."""
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def members_of(self, company: Company) -> models.QuerySet[User]:
        """Who has a place in the company and may log in, by email."""
        members = Membership.objects.filter(company=company)
        return self.filter(is_active=True, pk__in=members.values("user")).order_by("email")

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Logs in by email; there is no user name."""

    email = models.EmailField(_("email"), max_length=254)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
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
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_without_case",
                violation_error_message=_("A user with this email address exists already."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @cached_property
    def may_order(self) -> bool:
        """Whether there is a company that this user may place orders for."""
        return Company.objects.order_for(self).exists()

    @cached_property
    def time_zone(self) -> str:
        """Where the clocks of the user's pages are: that of the first company, if there is one."""
        first = self.memberships.order_by("pk").values_list("company__time_zone", flat=True).first()
        return first or settings.TIME_ZONE

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()


class CompanyQuerySet(models.QuerySet["Company"]):
    def of_member(self, user: User) -> CompanyQuerySet:
        """The companies that the user is a member of, in any role."""
        return self.filter(pk__in=Membership.objects.filter(user=user).values("company"))

    def order_for(self, user: User) -> CompanyQuerySet:
        """The active companies that the user may place orders for."""
        allowed = Membership.objects.filter(user=user, role__in=Role.may_order())
        return self.filter(active=True, pk__in=allowed.values("company"))


def validate_time_zone(value: str) -> None:
    if not is_time_zone(value):
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write one like America/Chicago."),
            params={"value": value},
        )


class Company(models.Model):
    """A customer account: a dealer who orders, or an end customer who owns systems."""

    name = models.CharField(_("name"), max_length=120, unique=True)
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
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Company]] = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do in a company. Each role may do what the one before it may."""

    VIEWER = "viewer", pgettext_lazy("role", "Viewer")  # sees
    BUYER = "buyer", pgettext_lazy("role", "Buyer")  # also orders
    OWNER = "owner", pgettext_lazy("role", "Owner")  # also manages members

    @classmethod
    def may_order(cls) -> tuple[Role, ...]:
        return (cls.BUYER, cls.OWNER)


class Membership(models.Model):
    """A user's place in a company."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    company = models.ForeignKey(Company, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role)
    since = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["company", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "buyer", "owner"]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.company}"
