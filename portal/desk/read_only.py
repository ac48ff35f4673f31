"""Rows that the desk shows and that no user edits there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from portal.desk.base import DeskAdmin


class ReadOnlyAdmin(DeskAdmin):
    """A list, and a page for each row. Buttons call verbs to change a row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
