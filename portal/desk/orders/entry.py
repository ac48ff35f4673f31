"""Orders that sales enters on behalf of a company, in the customers' own form."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from companies.models import Company, User
from licensing.models import Installation
from orders.form.data import started
from orders.models import Order
from orders.permissions import can_enter, companies_to_enter_for
from portal.accounts import typed
from portal.order.entry import read_entry
from portal.order.renewing import begin_renewal
from portal.web import too_many_tries
from portal.web.requests import query_of, reference_in, user_of

SHOWN = 25  # companies


@require_safe
def choose_company(request: HttpRequest) -> HttpResponse:
    permitted(request)
    query = query_of(request)
    found = list(companies_to_enter_for().filter(name_key__contains_name=query)[: SHOWN + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Enter an order"),
        "opts": Order._meta,
        "query": query,
        "companies": found[:SHOWN],
        "more": len(found) > SHOWN,
    }
    return render(request, "admin/orders/order/enter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter_order(request: HttpRequest, pk: int) -> HttpResponse:
    user = permitted(request)
    company = get_object_or_404(companies_to_enter_for(), pk=pk)
    entry = read_entry(
        request,
        user,
        typed.taken(request) or _start(request, company),
        installations=Installation.objects.of_company(company),
        orders=Order.objects.all().in_sight(company.pk),
        on_behalf_of=company,
    )
    if order := entry.place():
        done = _("%(order)s is entered for %(member)s, %(company)s.")
        names = {"order": order, "member": order.orderer, "company": company}
        messages.success(request, done % names)
        return redirect("admin:orders_order_change", order.pk)
    form = entry.form
    form.read_forecast()
    context = {"form": form, "sites": entry.sites}
    too_many_tries.say(request, form.wait)
    return render(request, "customers/order_form.html", context)


def _start(request: HttpRequest, company: Company) -> QueryDict:
    """The start values by the address: what is left to renew at an installation, or none."""
    values = {"company": str(company.pk)}
    if reference := reference_in(request, "renew"):
        sites = Installation.objects.of_company(company).select_related("company")
        return begin_renewal(request, get_object_or_404(sites, reference=reference), **values)
    return started(**values)


def permitted(request: HttpRequest) -> User:
    """The user, if they may enter orders on behalf of companies. Raises PermissionDenied."""
    user = user_of(request)
    if not can_enter(user):
        raise PermissionDenied
    return user
