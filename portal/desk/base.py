"""What every model of the desk begins with: Django's admin, made to bear whatever is sent, and
to tell no more of a row than it shows.

Django answers any column in the address of a list, and with `__regex` whoever may see the list
reads every column of it, letter by letter. Ours answers the filters that it shows and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import InvalidPage
from django.db.models import DateTimeField, Field, ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from orders.form.rows import sent_rows

AnyField: TypeAlias = "Field[Any, Any]"
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


class NameSearch(admin.ModelAdmin):
    """For lists that are searched by names, among others, word by word."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A dash between two words is no word: no name would have it."""
        words = [word for word in search_term.split() if any(map(str.isalnum, word))]
        return super().get_search_results(request, queryset, " ".join(words) or search_term)


class DeskFormSet(forms.BaseInlineFormSet):
    """Makes no row of which no field came, whatever number of them the form claims."""

    def total_form_count(self) -> int:
        count = super().total_form_count()
        return min(count, len(sent_rows(self.data, str(self.prefix)))) if self.is_bound else count


class DeskTable(admin.TabularInline):
    formset = DeskFormSet


class DeskAdmin(SafeInput, admin.ModelAdmin):
    view_on_site = False  # what customers see there is not for staff

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """An allow-list: what the filters beside the list ask, in the words of their links."""
        asked = dict(self.asked_by_filters(request))
        return lookup in asked and not UNTAKEN.search(value) and _is_read(asked[lookup], value)

    def asked_by_filters(self, request: HttpRequest) -> Iterator[tuple[str, AnyField | None]]:
        """Each look-up, with the field whose values it takes; a filter of ours takes any."""
        for row in self.get_list_filter(request):
            if not isinstance(row, str):
                yield str(cast("type[SimpleListFilter]", row).parameter_name), None
                continue
            field = get_fields_from_path(self.model, row)[-1]
            for lookup in self._asked_about(field, row, request):
                yield lookup, None if lookup.endswith("__isnull") else field

    def _asked_about(self, field: Any, path: str, request: HttpRequest) -> Sequence[str]:
        """As Django's filter for such a field says; that of a relation would read all its rows."""
        if field.remote_field:
            return f"{path}__{field.target_field.name}__exact", f"{path}__isnull"
        made = admin.FieldListFilter.create(field, request, {}, self.model, self, field_path=path)
        return cast("list[str]", made.expected_parameters())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Django leads whoever asks for nonsense to the whole list. Here it is a bad request, but
        for a page that is not there any more.
        """
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            if isinstance(error.__context__, InvalidPage):
                raise
            raise DisallowedModelAdminLookup("A filter was given what it can't read") from error

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """A row is found by its key and by no other column."""
        return to_field == self.opts.pk.name


def _is_read(field: AnyField | None, value: str) -> bool:
    """Whether databases can read it. What else is wrong with a value Django finds itself."""
    return not isinstance(field, DateTimeField) or _is_moment(value)


def _is_moment(text: str) -> bool:
    """With its time zone, as in the links of Django's filter, in which it stays a year."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None and 1 < moment.year < 9999
