"""People at the sales desk: users, groups, and the log of changes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies.models import Membership, User
from portal.accounts import people
from portal.desk import rights
from portal.desk.base import DeskAdmin, DeskTable
from portal.desk.read_only import ReadOnlyAdmin
from portal.desk.roles import ROLES
from portal.templatetags.portal import moment
from portal.web.requests import user_of


class Memberships(DeskTable):
    """The companies of a user, read-only."""

    model = Membership
    fields = readonly_fields = ("company", "role", "since")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("company")


class UserForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A missing language leaves the user's language as it is."""
        super().__init__(*args, **kwargs)
        if self.is_bound and "language" not in self.data:
            data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            data["language"] = self.instance.language
            self.data = data

    def clean_email(self) -> str:
        """Allows a closed account with another account's address only once it has its own."""
        email: str = self.cleaned_data["email"]
        if not User.objects.with_address(email).exclude(pk=self.instance.pk).exists():
            self.instance.same_address_as = None
        elif email != self.initial.get("email"):
            raise ValidationError(_("A user with this email address exists already."))
        return email

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("is_active") and self.instance.same_address_as_id:
            text = _("Another account has the same address. Give this one another address first.")
            self.add_error("is_active", text)
        return values


class AddressFilter(admin.SimpleListFilter):
    """Accounts that were closed because an older one has the same address."""

    title = gettext_lazy("address")
    parameter_name = "address"
    SAME = "same"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(self.SAME, _("The same as another account’s"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == self.SAME:
            return queryset.filter(same_address_as__isnull=False)
        return queryset


@admin.register(User)
class UserAdmin(DeskAdmin):
    """No user types a password for another, and no account is deleted: it is deactivated."""

    form = UserForm
    list_display = ("email", "full_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_staff", "is_active", AddressFilter, "groups")
    search_fields = ("email__contains", "full_name")
    ordering = ("email", "pk")
    sortable_by = ("email",)
    inlines = (Memberships,)
    actions = ("send_password_link", "reset_two_step")
    rights_fields = ("is_active", "is_staff", "groups", "is_superuser")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = (
            "email", "full_name", "language", "is_active", "is_staff", "groups",
        )  # fmt: skip
        if obj and hasattr(obj, "collision"):
            fields = ("email", "collides", *fields[1:])
        if user_of(request).is_superuser:
            fields = (*fields, "is_superuser")
        return (*fields, "last_login", "date_joined") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Makes the user's own rights read-only: only others may change them."""
        own = self.rights_fields if obj == request.user else ()
        return (*own, "collides", "last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Reads the record of a shared address, too, by no extra statement."""
        return super().get_queryset(request).select_related("collision__other")

    @admin.display(description=gettext_lazy("address collides with"))
    def collides(self, user: User) -> str:
        """Names the account that has the address, and says what to do."""
        found = user.collision
        path = reverse("admin:companies_user_change", args=[found.other_id])
        link = format_html('<a href="{}">{}</a>', path, found.other)
        why = _("Its address was written %(written)s. Closed to log-in:") % {
            "written": found.written
        }
        now = _("Give this account another address and make it active, or leave it closed.")
        when = moment(found.found_at)
        return format_html("{}. {} {}. {}", link, why, when, now if user.same_address_as_id else "")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return rights.can_change(obj, by=user_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asks for the right to change accounts, since a new account gets a mail with a link."""
        return super().has_add_permission(request) and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = rights.grantable_groups(by=user_of(request))
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["help_text"] = _("The roles of vendor staff. Customers need none.")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "groups" in form.base_fields:  # groups are made on their own page, with care
            form.base_fields["groups"].widget.can_add_related = False
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            obj.save()
            return
        obj.set_unusable_password()
        obj.save()
        people.mail_password_link(obj, by=user_of(request), request=request)
        text = _("%(user)s gets a mail with a link to set a password.") % {"user": obj}
        messages.info(request, text)

    @admin.action(description=gettext_lazy("Mail a link to set a password"), permissions=["change"])
    def send_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = [user for user in self._changeable(request, queryset) if user.is_active]
        for user in users:
            people.mail_password_link(user, by=user_of(request), request=request)
            self.log_change(request, user, _("Mailed a link to set a password."))
        text = ngettext("%(n)s link is mailed.", "%(n)s links are mailed.", len(users))
        messages.success(request, text % {"n": len(users)})

    @admin.action(
        description=gettext_lazy("Reset two-step verification and log out"), permissions=["change"]
    )
    def reset_two_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = self._changeable(request, queryset)
        for user in users:
            people.reset_second_factor(user, by=user_of(request))
            self.log_change(request, user, _("Reset two-step verification."))
        text = ngettext("%(n)s account starts anew.", "%(n)s accounts start anew.", len(users))
        messages.success(request, text % {"n": len(users)})

    def _changeable(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        """The chosen users whose accounts the staff member may change; messages name the others."""
        users = list(queryset)
        allowed = [user for user in users if self.has_change_permission(request, user)]
        for user in set(users) - set(allowed):
            text = _("%(user)s has rights that you don’t have. Ask an administrator who has them.")
            messages.error(request, text % {"user": user})
        return allowed


@admin.register(Group)
class GroupAdmin(DeskAdmin):
    """Groups that staff made. Groups of the staff's roles follow the table in the code."""

    search_fields = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or self._may_change(obj, by=user_of(request))

    def _may_change(self, group: Group, *, by: User) -> bool:
        """Refuses a role's group, a group of `by`, and a group with more rights than `by`."""
        if group.name in {role.name for role in ROLES}:
            return False
        own = by.groups.filter(pk=group.pk).exists()
        return not own and rights.grantable_groups(by=by).filter(pk=group.pk).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or self._may_change(obj, by=user_of(request))
        )

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "permissions":
            granted = rights.permissions_of(user_of(request))
            kwargs["queryset"] = granted.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The log of changes at the desk, read-only."""

    list_display = ("action_time", "user", "content_type", "object_repr", "__str__")
    list_display_links = None
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__email__contains")
    ordering = ("-action_time", "-pk")
    sortable_by = ("action_time",)
