"""The sales desk: orders that wait for review, and the decisions about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orders import actions
from orders.models import Order, OrderEvent, OrderLine, OrderSerial
from orders.moves import Move, State, is_allowed
from orders.policies import OrderRefused
from orders.wording import STATES, sentence
from portal.requests import user_of


class ReadOnly(admin.TabularInline):
    """Rows that the desk shows and nobody edits."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may see the order

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Lines(ReadOnly):
    model = OrderLine
    fields = ("position", "action", "product", "quantity")


class Serials(ReadOnly):
    model = OrderSerial
    fields = ("family", "quoted", "resolved", "outcome", "before", "after")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderSerial]:
        return super().get_queryset(request).select_related("resolved", "before", "after", "family")


class Events(ReadOnly):
    model = OrderEvent
    fields = ("move", "from_state", "to_state", "by", "at", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderEvent]:
        return super().get_queryset(request).select_related("by")


class StatusFilter(admin.SimpleListFilter):
    """What waits for review, unless something else is asked for."""

    title = gettext_lazy("status")
    parameter_name = "status"
    everything = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [*((state.value, STATES[state]) for state in State), (self.everything, _("All"))]

    def value(self) -> str:
        return super().value() or State.IN_REVIEW.value

    def choices(self, changelist: Any) -> Any:
        _all, *choices = super().choices(changelist)  # the first is “All” of Django's own
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() == self.everything:
            return queryset
        return queryset.filter(state=self.value())


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer sees it on the order."),
    )


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("__str__", "site", "company", "kind", "state", "placed_by", "placed_at")
    list_filter = (StatusFilter, "kind")
    list_select_related = ("company", "installation", "placed_by")
    search_fields = ("po_number", "reference", "site_name", "installation__site_name")
    ordering = ("placed_at", "pk")  # who waits longest comes first
    fields = (
        "reference",
        "state",
        "company",
        "kind",
        "po_number",
        "site",
        "placed_by",
        "placed_at",
        "revision",
    )
    readonly_fields = fields
    inlines = (Lines, Serials, Events)
    change_form_template = "admin/orders/order/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("site"))
    def site(self, order: Order) -> str:
        return order.site

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/issue/", view(self.issue), name="orders_order_issue"),
            path("<int:pk>/reject/", view(self.reject), name="orders_order_reject"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order: Order = context["original"]
        state = State(order.state)
        context["may_issue"] = is_allowed(state, Move.ISSUE)
        context["may_reject"] = is_allowed(state, Move.REJECT)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def issue(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = self._order(request, pk)
        try:
            order = actions.issue(order, by=user_of(request))
        except OrderRefused as refusal:
            return self._refused(request, order, refusal)
        done = _("%(order)s is issued. The confirmation is on its way.") % {"order": order}
        messages.success(request, done)
        return self._back(order)

    def reject(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = self._order(request, pk)
        form = RejectForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                actions.reject(order, by=user_of(request), reason=form.cleaned_data["reason"])
            except OrderRefused as refusal:
                return self._refused(request, order, refusal)
            messages.success(request, _("%(order)s is rejected.") % {"order": order})
            return self._back(order)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reject %(order)s") % {"order": order},
            "opts": self.opts,
            "order": order,
            "form": form,
        }
        return render(request, "admin/orders/order/reject.html", context)

    def _order(self, request: HttpRequest, pk: int) -> Order:
        order: Order = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, order):
            raise PermissionDenied
        return order

    def _refused(
        self, request: HttpRequest, order: Order, refusal: OrderRefused
    ) -> HttpResponseRedirect:
        for problem in refusal.problems:
            messages.error(request, sentence(problem))
        return self._back(order)

    def _back(self, order: Order) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))


# Django looks for a module of this name only, so the other rooms of the desk open here.
from portal.desk import catalog_admin, people_admin  # noqa: E402, F401
