"""Companies at the sales desk, with members and invitations. The owners' verbs change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies import actions
from companies.models import Company, Invitation, Membership, MembershipEvent, Role, User
from companies.policies import InvitationClosed, MemberGone, MembershipRefused
from companies.wording import sentence
from portal.desk.base import DeskAdmin, DeskFormSet, DeskTable
from portal.desk.read_only import ReadOnlyAdmin
from portal.web.requests import user_of


class VerbFormSet(DeskFormSet):
    """Rows that are never saved themselves: verbs do their changes.

    `refused` is a verb's refusal in the first run; the form is then shown with it. A row that the
    company no longer has gets an instance without a key.
    """

    def __init__(self, *args: Any, refused: str = "", **kwargs: Any) -> None:
        self.refused = refused
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Labels the fields of each row for screen readers; the table has labels only on top."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)

    def clean(self) -> None:
        super().clean()
        if self.refused:
            raise ValidationError(self.refused)

    def save_by(self, by: User) -> None:
        """Makes the changes and notes them for the desk's log. Raises MembershipRefused."""
        self.new_objects: list[Any] = []
        self.changed_objects: list[tuple[Any, list[str]]] = []
        self.deleted_objects: list[Any] = []
        self.do(by)

    def do(self, by: User) -> None:
        raise NotImplementedError


class MembersFormSet(VerbFormSet):
    def clean(self) -> None:
        """Shows the error of a row that is gone; Django puts it at the hidden key."""
        super().clean()
        key = Membership._meta.pk.name
        if any(key in form.errors for form in self.initial_forms):
            raise ValidationError([sentence(MemberGone()), _("Load the page again to go on.")])

    def do(self, by: User) -> None:
        """Makes new owners first, so that one save can pass a company from one owner to another."""
        stay = [form for form in self.initial_forms if form not in self.deleted_forms]
        changed = [form for form in stay if form.has_changed()]
        for form in sorted(changed, key=lambda form: form.cleaned_data["role"] != Role.OWNER):
            actions.change_role(form.instance, role=form.cleaned_data["role"], by=by)
            self.changed_objects.append((form.instance, form.changed_data))
        for form in self.deleted_forms:
            if form.instance.pk is None:
                continue
            actions.remove_member(form.instance, by=by)
            self.deleted_objects.append(form.instance)


class Members(DeskTable):
    """The members; new ones are invited below."""

    model = Membership
    formset = MembersFormSet
    fields = ("user", "role", "since")
    readonly_fields = ("user", "since")
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "company")


class InvitationForm(forms.ModelForm):
    """An invitation that was sent keeps its address and role; it can be sent again, or revoked."""

    AGAIN, REVOKE = "again", "revoke"
    step = forms.ChoiceField(
        label=_("Next"),
        required=False,
        choices=(
            ("", pgettext_lazy("invitation", "Wait")),
            (AGAIN, _("Send again")),
            (REVOKE, _("Revoke")),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.instance.pk is not None
        self.fields["step"].disabled = not sent
        for name in {"email", "role"} & self.fields.keys():
            self.fields[name].disabled = sent


class InvitationsFormSet(VerbFormSet):
    def do(self, by: User) -> None:
        for form in filter(forms.ModelForm.has_changed, self.forms):
            invitation, values = form.instance, form.cleaned_data
            if form in self.extra_forms:
                sent = {name: values[name] for name in ("email", "role")}
                self.new_objects.append(actions.invite(company=self.instance, by=by, **sent))
                continue
            if invitation.pk is None:
                raise MembershipRefused(InvitationClosed())
            again = values["step"] == InvitationForm.AGAIN
            verb = actions.resend_invitation if again else actions.revoke_invitation
            self.changed_objects.append((verb(invitation, by=by), ["step"]))


class Invitations(DeskTable):
    """The invitations that are still open."""

    model = Invitation
    form = InvitationForm
    formset = InvitationsFormSet
    fields = ("email", "role", "sent_at", "expires_at", "step")
    readonly_fields = ("sent_at", "expires_at")
    extra = 1  # to invite without JavaScript
    can_delete = False
    verbose_name_plural = _("open invitations")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        rows = super().get_queryset(request)
        return rows.filter(pk__in=Invitation.objects.open()).select_related("company")


@admin.register(Company)
class CompanyAdmin(DeskAdmin):
    list_display = ("named", "active", "auto_issue", "time_zone", "created_at")
    list_filter = ("active", "auto_issue", "second_factor_required")
    search_fields = ("name_key__contains_name",)
    sortable_by = ("named",)
    fields = (
        "name",
        "auto_issue",
        "time_zone",
        "active",
        "second_factor_required",
        "created_at",
    )
    readonly_fields = ("created_at",)
    inlines = (Members, Invitations)

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return False  # it is deactivated instead

    @admin.display(description=_("name"), ordering="name_sort")
    def named(self, company: Company) -> str:
        return company.name

    def get_inlines(self, request: HttpRequest, obj: Company | None) -> Any:
        return self.inlines if obj else (Invitations,)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Undoes the whole save if a verb refuses a part of it, and shows the reason."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except MembershipRefused:
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """Uses a verb for the second factor of all members, so that the change is recorded."""
        asked, by_verb = obj.second_factor_required, "second_factor_required"
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name != by_verb])
        else:
            obj.second_factor_required = False
            obj.save()
        if by_verb in form.changed_data:
            actions.ask_second_factor(obj, asked=asked, by=user_of(request))
        if "name" in form.changed_data:
            self._warn_of_the_same(request, obj)

    def _warn_of_the_same(self, request: HttpRequest, company: Company) -> None:
        """Warns of another company with the same name: staff may have missed it."""
        same = Company.objects.filter(name_key=company.name_key).exclude(pk=company.pk).first()
        if same:
            text = _("There is a company “%(name)s” already. Is this another one?")
            messages.warning(request, text % {"name": same})

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        refused = getattr(request, "refused", {}).get(prefix, "")
        return {**super().get_formset_kwargs(request, obj, inline, prefix), "refused": refused}

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        try:
            formset.save_by(user_of(request))
        except MembershipRefused as refusal:
            # Django makes the formsets again for the second run; only the request is the same.
            vars(request)["refused"] = {formset.prefix: sentence(refusal.problem)}
            raise


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """The list to look members up. Staff change them on the page of their company."""

    list_display = ("user", "company", "role", "since")
    list_display_links = None
    list_filter = ("role",)
    list_select_related = ("user", "company")
    search_fields = ("user__email__contains", "user__full_name", "company__name_key__contains_name")
    ordering = ("-pk",)


@admin.register(MembershipEvent)
class MembershipEventAdmin(ReadOnlyAdmin):
    """The events of members. Owners see the same events of their company."""

    list_display = ("at", "company", "what", "email", "role_before", "role_after", "by")
    list_display_links = None
    list_filter = ("what", "at")
    list_select_related = ("company", "by")
    search_fields = ("email__contains", "company__name_key__contains_name", "by__email__contains")
    ordering = ("-at", "-pk")
