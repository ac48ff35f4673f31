"""Rows that the desk shows and nobody edits there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list and a page for each row. What can be done with a row is a verb with a button."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not for a NUL byte, which PostgreSQL takes in no text: that is a bad request."""
        return "\0" not in value and super().lookup_allowed(lookup, value, request)
