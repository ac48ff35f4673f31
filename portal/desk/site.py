"""The admin site: Django's own with our log-in, and with the tasks of sales."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _

from portal.accounts import second_factor
from portal.desk import notices_today, previews
from portal.desk.base import DeskAdmin
from portal.desk.lists import MOST_IN_EACH, first_keys
from portal.desk.today import today
from portal.web.requests import user_of

View = Callable[..., HttpResponseBase]


WHY_A_FACTOR = _("The sales desk asks for two-step verification. Set it up once, then go on.")


class Suggestions(AutocompleteJsonView):
    """Suggestions for the choosers in the desk's forms; Django's would answer for any relation."""

    def process_request(self, request: HttpRequest) -> Any:
        term, model_admin, source, to_field = super().process_request(request)
        asks = admin.site._registry.get(source.model)
        if asks is None or source.name not in asks.get_autocomplete_fields(request):
            raise PermissionDenied
        if "\0" in term:
            raise BadRequest
        return term, model_admin, source, to_field

    def get_queryset(self) -> Any:
        """As the lists of the desk search: one walk of an index for each column."""
        term, self.term = self.term, ""
        rows = super().get_queryset()
        ways = cast("DeskAdmin", self.model_admin).ways_to_find(term)
        return rows.filter(pk__in=first_keys(rows, ways, MOST_IN_EACH)) if ways else rows


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

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Refuses a model's admin that would answer any column in the address of its list."""
        if not (admin_class and issubclass(admin_class, DeskAdmin)):
            raise ImproperlyConfigured(
                f"{admin_class or 'Django’s own ModelAdmin'} is no DeskAdmin. Let it inherit "
                "portal.desk.base.DeskAdmin, which says what may be asked of a list."
            )
        super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leaves out Django's redirect to the page of any row, which asks for no permission."""
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [*previews.urls(self.admin_view), *urls]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:  # type: ignore[override]  # as all class-based views
        return Suggestions.as_view(admin_site=self)(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]  # a type variable there, for callers
        """Wraps a view for staff who have passed a second factor, if one is required."""
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
        """Leads to the one log-in of the site, with its limits and second factors."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", reverse("admin:index")))
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")
