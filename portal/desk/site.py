"""The sales desk as a site: who gets in, and by which door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from portal import second_factor

View = Callable[..., HttpResponseBase]


class DeskSite(admin.AdminSite):
    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]  # a type variable there, for callers
        """A view for staff who have passed a second factor, where one is required."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if self.has_permission(request) and second_factor.is_missing(request):
                return second_factor.lead_to_it(request)
            return guarded(request, *args, **kwargs)

        return inner

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one log-in for everybody, with its limits and second factors."""
        next_page = request.GET.get("next", reverse("admin:index"))
        if not request.user.is_authenticated:
            return redirect_to_login(next_page)
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")
