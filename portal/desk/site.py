"""The admin site itself: Django's own, with our door, and with what waits for sales inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _

from portal import second_factor
from portal.desk import notices_today, previews
from portal.desk.today import today
from portal.requests import user_of

View = Callable[..., HttpResponseBase]


WHY_A_FACTOR = _("The sales desk asks for two-step verification. Set it up once, then go on.")


class Desk(AdminSite):
    index_title = _("Today")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        user = user_of(request)
        found = today(user)
        found["counts"] += notices_today.to_be_entered(user)
        found["last_run"] = notices_today.last_run(user)
        return super().index(request, found | (extra_context or {}))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*previews.urls(self.admin_view), *super().get_urls()]

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]  # a type variable there, for callers
        """A view for staff who have passed a second factor, where one is required."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked = self.has_permission(request) and not settings.DEMO
            if asked and second_factor.is_missing(request):
                return second_factor.lead_to_it(request, str(WHY_A_FACTOR))
            return guarded(request, *args, **kwargs)

        return inner

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one log-in for everybody, with its limits and second factors."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", reverse("admin:index")))
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")
