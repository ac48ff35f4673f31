"""What every model of the desk begins with: Django's admin, made to bear whatever is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey
from django.http import HttpRequest

from orders.form_rows import sent_rows

KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
UNTAKEN = re.compile(r"\0|\d{19}")  # by PostgreSQL in a text, by either database for a key


class Chooser(AutocompleteSelect):
    """Django's own looks up whatever was sent, and fails where that is no key."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        keys = [one for one in value if KEY.fullmatch(str(one))]
        return super().optgroups(name, keys or [""], attr)


class SafeInput(admin.options.BaseModelAdmin):
    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Chooser(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class DeskFormSet(forms.BaseInlineFormSet):
    """Makes no row of which no field came, whatever number of them the form claims."""

    def total_form_count(self) -> int:
        count = super().total_form_count()
        return min(count, len(sent_rows(self.data, str(self.prefix)))) if self.is_bound else count


class DeskTable(admin.TabularInline):
    formset = DeskFormSet


class DeskAdmin(SafeInput, admin.ModelAdmin):
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A filter that no database could read is a bad request."""
        return not UNTAKEN.search(value) and super().lookup_allowed(lookup, value, request)
