"""Installations at the desk: their contents to read, their companies to correct."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from companies.text_fields import TextFormField
from companies.time_zones import local_date
from licensing.actions import correct_installation
from licensing.coverage import HeldLot
from licensing.models import Installation, Lot, Revision, Serial
from licensing.permissions import SAY_ENTERED, can_maintain
from licensing.renewals import left_to_renew
from notifications.forms import STEP_LABELS
from notifications.notices.choosing import SCHEDULE, steps_of
from orders.permissions import can_enter
from portal.desk import installation_pages
from portal.desk.base import DeskAdmin
from portal.desk.notices_today import OLD, ON_SERVER
from portal.templatetags.portal import day
from portal.web.requests import user_of

MAX_QUERY = 120  # characters
REVISIONS_SHOWN = 50


class CorrectionForm(forms.ModelForm):
    reason = TextFormField(
        label=_("Reason"),
        max_length=60,
        help_text=_("The ledger keeps it with the change, like “Ticket 881, site was renamed”."),
    )

    class Meta:
        model = Installation
        fields = ("company", "end_customer", "site_name")


class ChangeoverFilter(admin.SimpleListFilter):
    """Sites with a new serial number that is not yet reported as entered."""

    title = _("serial number on the server")
    parameter_name = ON_SERVER

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(OLD, _("Still an old one"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Installation]
    ) -> QuerySet[Installation]:
        if self.value() != OLD:
            return queryset
        serials = Serial.objects.to_be_entered().order_by()
        since = serials.filter(installation=OuterRef("pk")).order_by("revision__at")
        return queryset.annotate(old_since=Subquery(since.values("revision__at")[:1])).filter(
            pk__in=serials.values("installation")
        )


@admin.register(Installation)
class InstallationAdmin(DeskAdmin):
    form = CorrectionForm
    autocomplete_fields = ("company", "end_customer")
    list_display = ("site", "company", "end_customer", "revision_count", "changed_at")
    list_filter = (ChangeoverFilter,)
    search_fields = ("site_name_key__contains_name",)  # and more: see get_search_results
    search_help_text = _("A serial number, old or new, part of a site name, or a dealer")
    ordering = ("site_name_sort", "pk")
    sortable_by = ("site",)
    change_form_template = "admin/licensing/installation/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Installation]:
        """With both companies; the dealer's calendar says what is left to renew."""
        sites: QuerySet[Installation] = super().get_queryset(request)
        return sites.select_related("company", "end_customer")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Adds the date, if the list shows sites that are still on an old serial."""
        if request.GET.get(ChangeoverFilter.parameter_name) == OLD:
            return ("site", "old_since", "company", "end_customer")
        return self.list_display

    @admin.display(description=_("site name"), ordering="site_name_sort")
    def site(self, installation: Installation) -> str:
        return installation.site_name

    @admin.display(description=_("new serial number since"))
    def old_since(self, installation: Installation) -> str:
        since = installation.old_since  # type: ignore[attr-defined]  # annotated
        return format_html('<span class="nowrap">{}</span> {}', timesince(since), day(since))

    def get_urls(self) -> list[URLPattern]:
        desk = self.admin_site.admin_view
        pages = [
            path(route, desk(view), name=f"licensing_installation_{name}")
            for route, view, name in (
                ("<int:pk>/notices/", installation_pages.change_schedule, "notices"),
                ("<int:pk>/entered/", installation_pages.say_entered, "entered"),
            )
        ]
        return [*pages, *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Installation | None = None) -> Any:
        fields = ("company", "end_customer", "site_name")
        return (*fields, "reason") if self.has_change_permission(request, obj) else fields

    def ways_to_find(self, text: str) -> list[Q]:
        """Searches all serials of the history in any spelling, site names, and dealers."""
        query = text.strip()[:MAX_QUERY]
        if not query:
            return []
        return [
            Q(site_name_key__contains_name=query),
            Q(company__name_key__contains_name=query),
            Q(pk__in=Serial.objects.meant_by(query).order_by().values("installation")),
            Q(reference=query.lower()),
        ]

    def save_model(self, request: HttpRequest, obj: Installation, form: Any, change: bool) -> None:
        values = form.cleaned_data
        correct_installation(
            obj,
            company=values["company"],
            end_customer=values["end_customer"],
            site_name=values["site_name"],
            reason=values["reason"],
            by=user_of(request),
            at=timezone.now(),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        user, installation = user_of(request), context["original"]
        context |= _history(installation) | {
            "may_schedule": can_maintain(user, installation, SCHEDULE),
            "may_say_entered": can_maintain(user, installation, SAY_ENTERED),
            "may_enter": can_enter(user) and installation.company.active,
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _history(installation: Installation) -> dict[str, Any]:
    """The history below the form; four statements."""
    revisions: QuerySet[Revision] = installation.revisions.select_related(
        "by", "confirmation", "order"
    )
    newest = list(revisions.order_by("-number")[: REVISIONS_SHOWN + 1])
    lots = _lots(installation)
    today = local_date(timezone.now(), installation.company.time_zone)
    return {
        "serials": list(installation.serials.select_related("revision", "family", "entered__by")),
        "notice_steps": [STEP_LABELS[step] for step in steps_of(installation)],
        "lots": lots,
        "to_renew": left_to_renew(map(_held, lots), today),
        "revisions": newest[:REVISIONS_SHOWN],
        "more_revisions": len(newest) > REVISIONS_SHOWN,
    }


def _lots(installation: Installation) -> list[Lot]:
    lots = installation.lots.select_related("revision", "product__kit_of").annotate(
        units=Sum("movements__quantity"), renewed=Sum("movements__renewed")
    )
    return list(lots.order_by(F("last_day").asc(nulls_first=True), "pk"))


def _held(lot: Any) -> HeldLot:
    return HeldLot(lot.product.as_part(), lot.units, lot.starts_on, lot.last_day, lot.renewed)
