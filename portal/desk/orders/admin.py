"""Orders at the sales desk: those that wait for review, and the decisions about them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.documents.actions import takes_documents
from orders.models import Order, OrderQuerySet
from orders.permissions import can_attach, can_enter
from orders.rules.holding import HeldFor
from orders.rules.moves import State
from orders.wording import HELD_FOR, STATES
from portal.accounts.typed import kept
from portal.desk.orders import bulk, confirmations, documents, entry
from portal.desk.orders import pages as order_pages
from portal.desk.orders.decisions import DECISIONS, Decision, decisions_of, problem_of
from portal.desk.orders.pages import may_supply
from portal.desk.orders.story import story
from portal.desk.read_only import ReadOnlyAdmin
from portal.templatetags.portal import day, moment, tag
from portal.web.requests import user_of
from texts import po_numbers

SITE_NAMES = ("site_name_key__contains_name", "installation__site_name_key__contains_name")
REASON_SHOWN = 120  # characters in the list


class StatusFilter(admin.SimpleListFilter):
    """Shows orders in review unless the user chooses another status."""

    title = gettext_lazy("status")
    parameter_name = "status"
    everything = "all"

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.unless_asked = State.HELD if HeldForFilter.parameter_name in request.GET else None

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [*((state.value, STATES[state]) for state in State), (self.everything, _("All"))]

    def value(self) -> str:
        return super().value() or (self.unless_asked or State.IN_REVIEW).value

    def choices(self, changelist: Any) -> Any:
        """Drops the filter of reasons from the links: only held orders have a reason."""
        _all, *choices = super().choices(changelist)  # the first is “All” of Django's own
        others = [HeldForFilter.parameter_name]
        for choice, (state, _text) in zip(choices, self.lookup_choices, strict=True):
            query = changelist.get_query_string({self.parameter_name: state}, others)
            yield {**choice, "query_string": query}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() == self.everything:
            return queryset
        return queryset.filter(state=self.value())


class HeldForFilter(admin.SimpleListFilter):
    """The reason why an order is held."""

    title = gettext_lazy("held for")
    parameter_name = "held_for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(reason.value, HELD_FOR[reason]) for reason in HeldFor]

    def choices(self, changelist: Any) -> Any:
        """Adds the status "held" to the links, whatever the list shows now."""
        for choice, (reason, _text) in zip(super().choices(changelist), self._all(), strict=True):
            change = {self.parameter_name: reason, StatusFilter.parameter_name: State.HELD}
            query = changelist.get_query_string(change) if reason else choice["query_string"]
            yield {**choice, "query_string": query}

    def _all(self) -> list[tuple[str | None, Any]]:
        return [(None, ""), *self.lookup_choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not self.value():
            return queryset
        return queryset.filter(state=State.HELD, held_for=self.value())


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "site", "company", "status", "placed")
    list_filter = (StatusFilter, HeldForFilter, "kind")
    search_fields = ("reference__startswith", *SITE_NAMES)  # and PO numbers
    ordering = ("placed_at", "pk")  # the longest wait comes first
    sortable_by = ("placed",)
    fields = (
        "reference",
        "status",
        "company",
        "kind",
        "po_number",
        "site_link",
        "placed_by",
        "ordered_for",
        "more_recipients",
        "placed",
        "revision",
    )
    readonly_fields = fields
    change_form_template = "admin/orders/order/change_form.html"
    change_list_template = "admin/orders/order/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders = cast("OrderQuerySet", super().get_queryset(request))
        return orders.with_reason().select_related(
            "company", "installation__company", "placed_by", "ordered_for", "revision"
        )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Adds reason and date to the list of held orders."""
        held = request.GET.get(StatusFilter.parameter_name) == State.HELD
        if held or HeldForFilter.parameter_name in request.GET:
            return ("__str__", "held_since", "held_because", "company", "site")
        return self.list_display

    def ways_to_find(self, text: str) -> list[Q]:
        """Searches parts of PO numbers, too, in any spelling."""
        if not (ways := super().ways_to_find(text.lower())):
            return []
        key = po_numbers.same_key(text.strip())[: po_numbers.MAX_PO_NUMBER]
        return [*ways, Q(po_number_key__contains=key)]

    # Columns and fields

    def get_fields(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """Shows the field for sales' own entry only for such orders, and so on."""
        empty = {
            "ordered_for": not (obj and obj.ordered_for_id),
            "more_recipients": not (obj and obj.notify),
            "revision": not (obj and obj.revision_id),
        }
        return [name for name in self.fields if not empty.get(name)]

    @admin.display(description=gettext_lazy("site"))
    def site(self, order: Order) -> str:
        return order.called

    @admin.display(description=gettext_lazy("site"))
    def site_link(self, order: Order) -> str:
        if order.installation is None:
            return order.site
        path = reverse("admin:licensing_installation_change", args=[order.installation.pk])
        return format_html('<a href="{}">{}</a>', path, order.site)

    @admin.display(description=gettext_lazy("status"), ordering="state")
    def status(self, order: Order) -> str:
        return tag(order.state, order.get_state_display())

    @admin.display(description=gettext_lazy("placed"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        return moment(order.placed_at)

    @admin.display(description=gettext_lazy("held because"))
    def held_because(self, order: Order) -> str:
        return Truncator(order.why).chars(REASON_SHOWN)

    @admin.display(description=gettext_lazy("held for"), ordering="changed_at")
    def held_since(self, order: Order) -> str:
        return format_html(
            '<span class="nowrap">{}</span> {}', timesince(order.changed_at), day(order.changed_at)
        )

    @admin.display(description=gettext_lazy("more recipients"))
    def more_recipients(self, order: Order) -> str:
        return ", ".join(order.notify)

    # Pages

    def get_urls(self) -> list[URLPattern]:
        desk = self.admin_site.admin_view
        pages = [
            path(route, kept(desk(view)), values, f"orders_order_{name}")
            for route, view, values, name in _pages()
        ]
        return [*pages, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """A bulk action for each decision that the user may make."""
        return {
            decision.move.value: (
                partial(_ask_about, decision),
                decision.move.value,
                decision.title % {"orders": _("the selected orders")},
            )
            for decision in decisions_of(user_of(request))
        }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_enter": can_enter(user_of(request)), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order: Order = context["original"]
        user = user_of(request)
        context |= story(order, user) | {
            "title": str(order),
            "subtitle": None,
            "offers": [
                (decision, reverse(f"admin:orders_order_{decision.move}", args=[order.pk]))
                for decision in decisions_of(user)
                if not problem_of(decision, order)
            ],
            "may_supply": may_supply(user, order),
            "sees_mail": user.has_perm("outbox.view_message"),
            "may_attach": takes_documents(order) and can_attach(user, order),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _pages() -> list[tuple[str, Any, dict[str, Any], str]]:
    """The pages beside Django's own: route, view, values, name."""
    pages: list[tuple[str, Any, dict[str, Any], str]] = [
        ("<int:pk>/serial/", order_pages.supply_serial, {}, "serial"),
        ("<int:pk>/documents/", documents.attach_document, {}, "attach"),
        ("<int:pk>/documents/<slug:document>/", documents.download_document, {}, "document"),
        ("<int:pk>/confirmation/", confirmations.confirmation, {}, "confirmation"),
        (
            "<int:pk>/confirmation/<slug:language>.<slug:kind>",
            confirmations.confirmation_copy,
            {},
            "confirmation_copy",
        ),
        (
            "<int:pk>/confirmation/<int:delivery>/eml/",
            confirmations.delivery,
            {},
            "confirmation_delivery",
        ),
        ("enter/", entry.choose_company, {}, "enter"),
        ("enter/<int:pk>/", entry.enter_order, {}, "enter_for"),
        ("enter/<int:pk>/bulk/", bulk.upload, {}, "bulk_for"),
    ]
    for move in DECISIONS:
        values = {"move": move}
        pages += [
            (f"<int:pk>/{move}/", order_pages.decide_one, values, move.value),
            (f"several/{move}/", order_pages.decide_several, values, f"several_{move}"),
        ]
    return pages


def _ask_about(
    decision: Decision, desk: OrderAdmin, request: HttpRequest, orders: QuerySet[Order]
) -> HttpResponse | None:
    return order_pages.ask_about(request, decision, orders)
