"""The desk's pages to decide one order, to decide several, and to give a serial number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from companies.models import User
from licensing.models import Installation
from licensing.permissions import can_see_all
from licensing.serial_numbers import MAX_LENGTH, fold
from orders.form.placed import SupplySerialForm
from orders.form.serials import quoted_values, values_of
from orders.models import MAX_REASON, Order
from orders.permissions import can_decide, can_overrule, check_decide
from orders.rules.moves import Move, State
from portal.accounts.typed import fill_in, filled_in, taken
from portal.desk.orders.decisions import (
    DECISIONS,
    MAX_AT_ONCE,
    Decision,
    DecisionForm,
    DecisionsForm,
    OverruleForm,
    candidates,
    decide,
    too_many,
)
from portal.desk.orders.issue_preview import Outlook, outlook_of
from portal.desk.orders.owners_of_serials import Whose, whose
from portal.desk.orders.suggestions import suggested
from portal.web import too_many_tries
from portal.web.requests import query_of, reference_in, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def decide_one(request: HttpRequest, pk: int, move: Move) -> HttpResponse:
    decision = _permitted(request, move)
    order = get_object_or_404(_orders(), pk=pk)
    form = _decision_form(decision, request.POST) if request.method == "POST" else None
    typed: QueryDict | None = None  # what was sent and did not go through
    if form and form.is_valid():
        result = decide(decision, order, by=user_of(request), **form.cleaned_data)
        if result.done:
            messages.success(request, result.text)
            return redirect("admin:orders_order_change", result.order.pk)
        messages.error(request, result.text)
        order, form, typed = _orders().get(pk=pk), None, request.POST
    outlook = _outlook(order, move)
    asks_why = outlook is not None and outlook.needs_reason
    beyond = asks_why and not can_overrule(user_of(request))
    if form is None:
        form = OverruleForm(decision) if asks_why and not beyond else DecisionForm(decision)
        if typed is None:
            filled_in(request, form)
        else:
            fill_in(form, typed)
    context = _question(request, decision, [order], form) | {"one": order, "outlook": outlook}
    context["not_kept"] = _note(typed) if typed else ""
    context["beyond"] = beyond
    context["possible"] = context["possible"] and not (beyond or (outlook and outlook.stops))
    return render(request, "admin/orders/order/decide.html", context)


def _decision_form(decision: Decision, data: QueryDict) -> DecisionForm:
    """The form of the decision. The verb itself refuses missing values."""
    if decision.move is Move.ISSUE and "overrule" in data:
        return OverruleForm(decision, data)
    return DecisionForm(decision, data)


def _note(typed: QueryDict) -> str:
    """All that was typed about a decision, to give it back where it was not kept."""
    said = (typed.get(name, "").strip()[:MAX_REASON] for name in ("overrule", "reason"))
    return "\n".join(filter(None, said))


def _outlook(order: Order, move: Move) -> Outlook | None:
    """The preview for a user who is about to issue an order that can be issued."""
    if move is not Move.ISSUE or order.state != State.IN_REVIEW:
        return None
    return outlook_of(order, list(order.lines.ready_to_decide()), at=timezone.now())


def ask_about(
    request: HttpRequest, decision: Decision, orders: QuerySet[Order]
) -> HttpResponse | None:
    """The page of the bulk action: the chosen orders, and one reason for all."""
    chosen = list(orders.select_related("company", "installation")[: MAX_AT_ONCE + 1])
    if len(chosen) > MAX_AT_ONCE:
        messages.error(request, too_many())
        return None
    context = _question(request, decision, chosen, DecisionForm(decision))
    return render(request, "admin/orders/order/decide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide_several(request: HttpRequest, move: Move) -> HttpResponse:
    """Decides the chosen orders and shows each result. Without a choice it shows the list."""
    decision = _permitted(request, move)
    if typed := taken(request):
        return _ask_again(request, decision, typed)
    if request.method != "POST":
        return redirect("admin:orders_order_changelist")
    form = DecisionsForm(decision, _orders(), request.POST)
    valid = form.is_valid()
    chosen = list(form.cleaned_data.get("orders", ()))
    if not valid:
        context = _question(request, decision, chosen, form)
        return render(request, "admin/orders/order/decide.html", context)
    reason, by = form.cleaned_data["reason"], user_of(request)
    results = [decide(decision, order, by=by, reason=reason) for order in chosen]
    done = sum(result.done for result in results)
    context = _frame(request, _title(decision, chosen)) | {
        "results": results,
        "done": done,
        "not_done": len(results) - done,
        "not_kept": reason if done < len(results) else "",
    }
    return render(request, "admin/orders/order/decided.html", context)


def _ask_again(request: HttpRequest, decision: Decision, typed: QueryDict) -> HttpResponse:
    """Shows the page as it was before the session ended."""
    form = DecisionForm(decision)
    fill_in(form, typed)
    chosen = list(_orders().filter(reference__in=typed.getlist("orders")[:MAX_AT_ONCE]))
    context = _question(request, decision, chosen, form)
    return render(request, "admin/orders/order/decide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def supply_serial(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives an order the serial number that its customer told sales."""
    user = user_of(request)
    order = get_object_or_404(_orders(), pk=pk)
    check_decide(user, Move.SUPPLY_SERIAL)
    form = _serial_form(request, order)
    if form.is_valid() and (supplied := form.supply(order, by=user)):
        messages.success(request, _what_followed(supplied))
        return redirect("admin:orders_order_change", order.pk)
    query = query_of(request)
    context = _frame(request, _("Give the serial number for %(order)s") % {"order": order}) | {
        "one": order,
        "form": form,
        "query": query,
        "sites": suggested(order, query),
        "unknown": _unknown(user, order, form),
    }
    too_many_tries.say(request, form.wait)
    return render(request, "admin/orders/order/serial.html", context)


def _serial_form(request: HttpRequest, order: Order) -> SupplySerialForm:
    """Starts with the chosen installation, else with the serials that the order quotes."""
    if request.method == "POST":
        return SupplySerialForm(request.POST)
    sites = Installation.objects.of_company(order.company)
    if typed := taken(request):
        return SupplySerialForm(initial=typed.dict())
    if reference := reference_in(request, "installation"):
        site = get_object_or_404(sites, reference=reference)
        return SupplySerialForm(initial=values_of(site.serials.current()))
    return SupplySerialForm(initial=quoted_values(order))


def _unknown(user: User, order: Order, form: SupplySerialForm) -> list[Whose]:
    """The owners of the typed serials that no installation of the order's company has."""
    if not (form.errors and can_see_all(user)):
        return []
    typed = [
        str(field.value())[:MAX_LENGTH] for field in form.serial_fields.values() if field.errors
    ]
    return [
        each
        for each in whose([text for text in typed if fold(text)])
        if not any(serial.installation.is_of(order.company) for serial in each.serials)
    ]


def _what_followed(order: Order) -> str:
    if order.state == State.ISSUED:
        return str(DECISIONS[Move.ISSUE].done % {"order": order})
    return _("%(order)s is back in review.") % {"order": order}


def may_supply(user: User, order: Order) -> bool:
    """Whether the desk offers it."""
    return order.takes_serial and can_decide(user, Move.SUPPLY_SERIAL)


def _permitted(request: HttpRequest, move: Move) -> Decision:
    check_decide(user_of(request), move)
    return DECISIONS[move]


def _orders() -> QuerySet[Order]:
    """All orders, the longest wait first."""
    rows = Order.objects.select_related("company", "installation__company").with_reason()
    return rows.order_by("placed_at", "pk")


def _question(
    request: HttpRequest, decision: Decision, orders: Sequence[Order], form: DecisionForm
) -> dict[str, Any]:
    rows = candidates(decision, orders)
    return _frame(request, _title(decision, orders)) | {
        "decision": decision,
        "candidates": rows,
        "several_path": reverse(f"admin:orders_order_several_{decision.move}"),
        "possible": any(not row.problem for row in rows),
        "form": form,
    }


def _title(decision: Decision, orders: Sequence[Order]) -> str:
    several = ngettext("%(count)d order", "%(count)d orders", len(orders)) % {"count": len(orders)}
    return str(decision.title) % {"orders": str(orders[0]) if len(orders) == 1 else several}


def _frame(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, "opts": Order._meta}
