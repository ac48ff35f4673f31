"""The lists of the desk: keys first, as an index gives them, then the rows that are shown.

Nothing is counted to the end and nothing is skipped: up to MOST keys are read, from which the pages
with numbers are cut, and beyond them a link goes on after the last key. A search is one walk for
each column that it may be found in, since no index answers an OR.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.text import smart_split, unescape_string_literal

MOST = 1000  # rows that are counted and numbered; then the next ones follow
MOST_IN_EACH = 500  # of a search in several columns, which reads so many for each of them
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
AFTER = "after"  # the key of the last row before these
LOOKUPS = {"contains", "contains_name", "exact", "startswith"}  # in `search_fields`


# What is searched -----------------------------------------------------------------------------


def ways_to_find(words: Iterable[str], fields: Iterable[str]) -> list[Q]:
    """One condition for each column: it holds the longest word, and any of them the others.

    None where a list has no columns to search.
    """
    fields = [
        each if each.rpartition("__")[2] in LOOKUPS else f"{each}__icontains" for each in fields
    ]
    longest, *others = sorted(words, key=len, reverse=True)
    rest = Q()
    for word in others:
        rest &= reduce(or_, (Q((each, word)) for each in fields), Q())
    return [Q((each, longest)) & rest for each in fields]


def words_of(text: str) -> list[str]:
    """As Django splits what is searched: a text in quotes is one word."""
    return [
        unescape_string_literal(each) if each[0] in "\"'" and each[0] == each[-1] else each
        for each in smart_split(text)
    ]


def first_keys(rows: QuerySet[Any], ways: Sequence[Q], most: int) -> list[Any]:
    """The keys of the first of the rows that any of the ways finds, in the order of the rows."""
    keys = rows.select_related(None).values_list("pk", flat=True)
    if len(ways) <= 1:
        return list(keys.filter(*ways)[:most])
    found = {key for way in ways for key in keys.filter(way)[:most]}
    return list(keys.filter(pk__in=found)[:most]) if found else []


# What is shown --------------------------------------------------------------------------------


class Bounded(Paginator):
    """Pages of the first rows of a queryset: it counts no further than the last of them."""

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return len(self.object_list.values_list("pk")[:MOST])
        return len(self.object_list)


class DeskList(ChangeList):
    model_admin: Any  # a DeskAdmin
    after = ""
    next_after: Any = None  # the last key, if there are more

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Keeps apart where the list begins, which is no filter, and what is not searched yet."""
        self.params.pop(AFTER, None)
        self.filter_params.pop(AFTER, None)
        self.after = request.GET.get(AFTER, "")
        query, self.query = self.query, ""
        self.listed = super().get_queryset(request, exclude_parameters)
        self.query = query
        found: QuerySet[Any] = self.model_admin.get_search_results(request, self.listed, query)[0]
        return found

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Sorts by the columns that say so, and by no others: each has its index."""
        asked = self.params.pop(ORDER_VAR, "").split(".")
        if sortable := ".".join(filter(self._is_sortable, asked)):
            self.params[ORDER_VAR] = sortable
        return super().get_ordering(request, queryset)

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """The links to other pages of this part of the list stay in it."""
        stays = self.after and not remove and {*(new_params or ())} <= {PAGE_VAR, ALL_VAR}
        added = {**(new_params or {}), AFTER: self.after} if stays else new_params
        return str(super().get_query_string(added, remove))

    def get_results(self, request: HttpRequest) -> None:
        ways = self.model_admin.ways_to_find(self.query)
        self.most = most = MOST if len(ways) <= 1 else MOST_IN_EACH
        rows = self.listed.filter(self._beyond()) if self.after else self.listed
        keys = first_keys(rows, ways, most + 1)
        self.keys = keys[:most]
        self.next_after = keys[most - 1] if len(keys) > most else None
        self.result_count = len(self.keys)
        self.can_show_all = self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.paginator = self.model_admin.get_paginator(request, self.keys, self.list_per_page)
        self.result_list = self._rows(self._page())

    @property
    def counted(self) -> str:
        """The number of rows, or that of those which were counted."""
        is_all = self.next_after is None and not self.after
        return str(localize(self.result_count)) if is_all else f"{localize(self.most)}+"

    @property
    def next_url(self) -> str:
        more = {AFTER: self.next_after}
        return "" if self.next_after is None else str(super().get_query_string(more))

    @property
    def first_url(self) -> str:
        return str(super().get_query_string()) if self.after else ""

    def _beyond(self) -> Q:
        if not KEY.fullmatch(self.after):
            raise DisallowedModelAdminLookup("A list was to begin after what is no key.")
        order = _to_the_key([str(each) for each in self.listed.query.order_by])
        columns = [each.removeprefix("-") for each in order]
        last = self.model._base_manager.filter(pk=self.after).values_list(*columns).first()
        if last is None:
            raise IncorrectLookupParameters from InvalidPage()
        return beyond(list(zip(order, last, strict=True)))

    def _page(self) -> Sequence[Any]:
        if not self.multi_page or (self.show_all and self.can_show_all):
            return self.keys
        try:
            return list(self.paginator.page(self.page_num).object_list)
        except InvalidPage as error:
            raise IncorrectLookupParameters from error

    def _rows(self, keys: Sequence[Any]) -> list[Any]:
        found = {row.pk: row for row in self.listed.order_by().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found]

    def _is_sortable(self, column: str) -> bool:
        index = column.removeprefix("-")
        is_there = KEY.fullmatch(index) and int(index) < len(self.list_display)
        return bool(is_there) and self.list_display[int(index)] in (self.sortable_by or ())


def _to_the_key(order: Sequence[str]) -> Sequence[str]:
    """Without what Django adds after the key, which no two rows have."""
    keys = (at for at, each in enumerate(order, 1) if each.removeprefix("-") == "pk")
    return order[: next(keys, len(order))]


def counted(number: int) -> str:
    """The number, or that of those which are counted: “1,000+”."""
    return str(localize(number)) if number <= MOST else f"{localize(MOST)}+"


def beyond(last: Sequence[tuple[str, Any]]) -> Q:
    """The rows after one with these values, in a form that an index walks to."""
    (name, value), *further = last
    column, step = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
    after = Q((f"{column}__{step}", value))
    return Q((f"{column}__{step}e", value)) & (after | beyond(further)) if further else after
