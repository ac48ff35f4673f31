"""The admin site itself: Django's own, with what waits for sales on its first page."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from portal.desk.today import today
from portal.requests import user_of


class Desk(AdminSite):
    index_title = _("Today")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return super().index(request, today(user_of(request)) | (extra_context or {}))
