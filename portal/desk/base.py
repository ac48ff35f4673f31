"""The base of all models of the desk: Django's admin, hardened against any input.

Django lets an address of a list look up any column, and with `__regex` a person who may see the
list can read every column of it, letter by letter. Ours allows only the filters that the list
shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar, TypeAlias, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import InvalidPage
from django.db.models import (
    PROTECT,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    ForeignObjectRel,
    Model,
    Q,
    QuerySet,
    TextField,
)
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from companies.text_fields import TextFormField
from orders.form.rows import sent_rows
from portal.desk.lists import KEY, Bounded, DeskList, ways_to_find, words_of

AnyField: TypeAlias = "Field[Any, Any]"
IN_THE_WAY = 10  # rows of each kind that a page names
UNTAKEN = re.compile(r"\0|\d{19}")  # PostgreSQL refuses NUL, both databases such keys


class Chooser(AutocompleteSelect):
    """Ignores values that are no key; Django's own chooser fails on them."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        keys = [one for one in value if KEY.fullmatch(str(one))]
        return super().optgroups(name, keys or [""], attr)


class SafeInput(admin.options.BaseModelAdmin):
    formfield_overrides: ClassVar = {
        CharField: {"form_class": TextFormField},
        TextField: {"form_class": TextFormField},
    }

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Chooser(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class DeskFormSet(forms.BaseInlineFormSet):
    """Makes no row without any of its fields, whatever number of rows the form claims."""

    def total_form_count(self) -> int:
        count = super().total_form_count()
        return min(count, len(sent_rows(self.data, str(self.prefix)))) if self.is_bound else count


class DeskTable(SafeInput, admin.TabularInline):
    formset = DeskFormSet


class DeskAdmin(SafeInput, admin.ModelAdmin):
    view_on_site = False  # customers' pages are not for staff
    paginator = Bounded
    show_facets = admin.ShowFacets.NEVER  # they would count all rows for each choice
    sortable_by: ClassVar[Any] = ()  # columns of the list with an index that gives their order

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskList]:
        return DeskList

    def ways_to_find(self, text: str) -> list[Q]:
        """The conditions, one for each column, of which a row that is found meets one.

        None for a search that is empty. A dash between two words is left out: no name contains it
        as a word.
        """
        words = words_of(text)
        named = [word for word in words if any(map(str.isalnum, word))]
        return ways_to_find(named or words, self.search_fields) if words else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(reduce(or_, self.ways_to_find(search_term), Q())), False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Names some of the rows that stand in the way, if there are any; Django reads all."""
        in_the_way = [row for obj in objs for row in _in_the_way(obj)]
        if not in_the_way:
            return super().get_deleted_objects(objs, request)
        named = [f"{capfirst(row._meta.verbose_name)}: {row}" for row in in_the_way]
        return [], {}, set(), named

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        """“All” of a long list are those that are numbered, as the page says."""
        if request.POST.get("select_across") == "1":
            queryset = queryset.filter(pk__in=self.get_changelist_instance(request).keys)
        return super().response_action(request, queryset, *args)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allows only the look-ups of the filters beside the list, as their links write them."""
        asked = dict(self.asked_by_filters(request))
        return lookup in asked and not UNTAKEN.search(value) and _is_read(asked[lookup], value)

    def asked_by_filters(self, request: HttpRequest) -> Iterator[tuple[str, AnyField | None]]:
        """Each look-up, with the field whose values it takes; our own filters take any value."""
        for row in self.get_list_filter(request):
            if not isinstance(row, str):
                yield str(cast("type[SimpleListFilter]", row).parameter_name), None
                continue
            field = get_fields_from_path(self.model, row)[-1]
            for lookup in self._asked_about(field, row, request):
                yield lookup, None if lookup.endswith("__isnull") else field

    def _asked_about(self, field: Any, path: str, request: HttpRequest) -> Sequence[str]:
        """The look-ups of Django's filter for the field; that of a relation would read all rows."""
        if field.remote_field:
            return f"{path}__{field.target_field.name}__exact", f"{path}__isnull"
        made = admin.FieldListFilter.create(field, request, {}, self.model, self, field_path=path)
        return cast("list[str]", made.expected_parameters())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Refuses nonsense in the address as a bad request.

        Django would redirect to the whole list. Only a page that is gone redirects here, too.
        """
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            if isinstance(error.__cause__, InvalidPage):
                raise
            raise DisallowedModelAdminLookup("A filter was given what it can't read") from error

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Finds a row only by its key, never by another column."""
        return to_field == self.opts.pk.name


def _in_the_way(row: Model) -> Iterator[Model]:
    """Some of the rows of each table that refer to the row and don't go with it."""
    for relation in row._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is PROTECT:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: row})
            yield from rows[:IN_THE_WAY]


def _is_read(field: AnyField | None, value: str) -> bool:
    """Whether databases can read the value. Django itself finds its other errors."""
    return not isinstance(field, DateTimeField) or _is_moment(value)


def _is_moment(text: str) -> bool:
    """Whether it is a moment with a time zone, as in the links of Django's filter by date."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None and 1 < moment.year < 9999
