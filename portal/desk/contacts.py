"""The contacts of an installation, for any of its companies, by the verbs that customers use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from notifications.contacts import (
    add_contact,
    change_contact,
    check_can_be_added,
    check_own_choice,
    remove_contact,
    removed_before,
)
from notifications.models import Contact
from notifications.rules.recipients import Topic
from portal.desk.base import DeskAdmin
from portal.web.requests import user_of


class DeskContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("installation", "company", "email", "name", "language", *Topic)

    def clean(self) -> dict[str, Any]:
        """Shows the verbs' refusals at the form."""
        values = super().clean() or {}
        if self.instance.pk is not None:
            check_own_choice(self.instance, topics_in(values))
        elif {"installation", "company", "email"} <= values.keys():
            check_can_be_added(values["installation"], values["company"])
            self._take_back(values)
        return values

    def _take_back(self, values: dict[str, Any]) -> None:
        """An address that was removed may come back, but for what it declined itself."""
        who = {name: values[name] for name in ("installation", "company", "email")}
        if removed := removed_before(Contact(**who)):
            check_own_choice(removed, topics_in(values))
            self.instance = removed


def topics_in(values: dict[str, Any]) -> list[Topic]:
    return [topic for topic in Topic if values.get(topic)]


@admin.register(Contact)
class ContactAdmin(DeskAdmin):
    form = DeskContactForm
    autocomplete_fields = ("installation", "company")
    list_display = ("email", "name", "installation", "company", "language", *Topic)
    list_filter = (*Topic, "language")
    list_select_related = ("installation", "company")
    search_fields = ("email__contains", "name", "installation__site_name_key__contains_name")
    search_help_text = _("Part of an address, a name or a site name")
    ordering = ("email", "pk")
    sortable_by = ("email",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        contacts: QuerySet[Contact] = super().get_queryset(request).filter(removed_at=None)
        return contacts

    def get_readonly_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        """An existing contact keeps its address, and the page shows who changed it."""
        if obj is None:
            return ()
        said = ("own_choice", "added_by", "changed_by", "changed_at")
        return ("installation", "company", "email", *said)

    def get_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        fields = ("installation", "company", "email", "name", "language", *Topic)
        return (*fields, "own_choice", "added_by", "changed_by", "changed_at") if obj else fields

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        values, by = form.cleaned_data, user_of(request)
        wanted = {name: values[name] for name in ("name", "language")}
        wanted["topics"] = topics_in(values)
        if change:
            change_contact(obj, **wanted, by=by)
            return
        who = {name: values[name] for name in ("installation", "company", "email")}
        obj.pk = add_contact(**who, **wanted, by=by).pk

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        remove_contact(obj, by=user_of(request))
