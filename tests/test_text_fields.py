"""Invisible marks that are copied along are dropped in every field in which people type."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import CharField, TextField
from django.forms.forms import BaseForm
from django.test import RequestFactory

from companies.models import User
from portal.accounts.login import Worded

SEEN, PASTED = "Pier 9", "\u2068Pier\u200b 9\ufeff\u2069"
ROOMS = ("companies", "licensing", "notifications", "orders", "outbox", "portal")
OTHERS = (forms.UUIDField, forms.JSONField)  # they read a text, and keep none


def is_typed(field: Any) -> bool:
    """Whether people type a text in it; in a password each character counts."""
    return isinstance(field, forms.CharField) and not isinstance(field, OTHERS) and field.strip


def drops_marks(field: forms.Field) -> bool:
    pasted = PASTED
    if isinstance(field, forms.EmailField):
        pasted = PASTED.replace("Pier\u200b 9", "pier\u200b9@dealer.example")
    read: Any = field.to_python(pasted)  # of several addresses a list
    return not set("\u2068\u200b\ufeff\u2069") & set("".join(read))


def all_forms() -> Iterator[type[BaseForm]]:
    """Our own forms; the fields of forms about accounts are changed where they are made."""
    import_module(settings.ROOT_URLCONF)
    found, waiting = [], [BaseForm]
    while waiting:
        found.append(form := waiting.pop())
        waiting += form.__subclasses__()
    accounts = [form for form in found if issubclass(form, Worded)]
    for form in found:
        if form.__module__.startswith(ROOMS) and not any(issubclass(a, form) for a in accounts):
            yield form


def fields_of_forms() -> Iterator[tuple[str, forms.Field]]:
    """The fields that a class declares; the admin makes the others by itself."""
    for form in all_forms():
        for name, field in form.declared_fields.items():  # type: ignore[attr-defined]
            yield f"{form.__qualname__}.{name}", field


def fields_of_the_desk() -> Iterator[tuple[str, Any]]:
    request = RequestFactory().get("/")
    request.user = User()
    for model, shown in admin.site._registry.items():
        inlines = [inline(model, admin.site) for inline in shown.inlines]
        for each in [shown, *inlines]:
            for column in each.model._meta.fields:
                if isinstance(column, CharField | TextField) and column.editable:
                    field = each.formfield_for_dbfield(column, request)
                    yield f"{type(each).__name__}.{column.name}", field


def test_no_field_of_a_form_keeps_an_invisible_mark() -> None:
    typed = [(name, field) for name, field in fields_of_forms() if is_typed(field)]
    assert len(typed) > 15
    assert [name for name, field in typed if not drops_marks(field)] == []


def test_no_field_of_the_desk_keeps_one() -> None:
    typed = [(name, field) for name, field in fields_of_the_desk() if is_typed(field)]
    assert len(typed) > 15
    assert [name for name, field in typed if not drops_marks(field)] == []


class AccountForm(Worded, forms.Form):
    email = forms.EmailField()
    code = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput, strip=False)


def test_a_form_about_an_account_drops_them_but_in_a_password() -> None:
    typed = {"email": "\u2068a@b.example\u2069", "code": "12\u200b34", "password": "a\u200bb"}
    form = AccountForm(typed)
    assert form.is_valid()
    assert form.cleaned_data == {"email": "a@b.example", "code": "1234", "password": "a\u200bb"}


@pytest.mark.parametrize("kept", ["Pier\u202e9", "Pier\n9"])
def test_what_turns_letters_around_or_breaks_the_line_is_not_dropped(kept: str) -> None:
    fields = dict(fields_of_forms())
    with pytest.raises(forms.ValidationError):
        fields["OrderForm.site_name"].clean(kept)
