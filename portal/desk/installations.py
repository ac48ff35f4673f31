"""Installations: what they have and had, to read; whose they are, to correct."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from licensing.actions import correct_installation
from licensing.models import Installation, Revision, Serial
from licensing.serial_numbers import fold
from portal.desk.base import DeskAdmin
from portal.requests import user_of

MAX_QUERY = 120  # characters
REVISIONS_SHOWN = 50


class CorrectionForm(forms.ModelForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=60,
        help_text=_(
            "Kept in the ledger with what is changed, like “Ticket 881, site was renamed”."
        ),
    )

    class Meta:
        model = Installation
        fields = ("company", "end_customer", "site_name")


@admin.register(Installation)
class InstallationAdmin(DeskAdmin):
    form = CorrectionForm
    autocomplete_fields = ("company", "end_customer")
    list_display = ("site_name", "company", "end_customer", "revision_count", "changed_at")
    list_select_related = ("company", "end_customer")
    search_fields = ("site_name",)  # and more: see get_search_results
    search_help_text = _("A serial number, old or new, part of a site name, or a dealer")
    ordering = ("site_name_folded", "pk")
    show_full_result_count = False
    change_form_template = "admin/licensing/installation/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Installation | None = None) -> Any:
        fields = ("company", "end_customer", "site_name")
        return (*fields, "reason") if self.has_change_permission(request, obj) else fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Installation], search_term: str
    ) -> tuple[QuerySet[Installation], bool]:
        """By any serial of the history, however it is typed, by site name, or by dealer."""
        query = search_term.strip()[:MAX_QUERY]
        if not query:
            return queryset, False
        serials = Serial.objects.filter(lookup_key=fold(query))
        found = (
            Q(site_name_folded__contains=query.casefold())
            | Q(company__name__icontains=query)
            | Q(pk__in=serials.values("installation"))
            | Q(reference=query.lower())
        )
        return queryset.filter(found), False

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
        context.update(_history(context["original"]))
        return super().render_change_form(request, context, *args, **kwargs)


def _history(installation: Installation) -> dict[str, Any]:
    """What the page shows below the form; three statements."""
    revisions: QuerySet[Revision] = installation.revisions.select_related(
        "by", "confirmation", "order"
    )
    newest = list(revisions.order_by("-number")[: REVISIONS_SHOWN + 1])
    lots = installation.lots.select_related("revision").annotate(units=Sum("movements__quantity"))
    return {
        "serials": list(installation.serials.select_related("revision")),
        "lots": list(lots.order_by(F("last_day").asc(nulls_first=True), "pk")),
        "revisions": newest[:REVISIONS_SHOWN],
        "more_revisions": len(newest) > REVISIONS_SHOWN,
    }
