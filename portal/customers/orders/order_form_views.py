"""Customers' order form, its drafts, and repeated orders."""

from __future__ import annotations

import uuid
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.models import User
from licensing.models import Installation
from licensing.permissions import can_see, company_of
from orders.form import data
from orders.form.drafts import (
    MAX_DRAFTS,
    TooManyDrafts,
    delete_draft,
    delete_placed,
    keep_draft,
    save_draft,
)
from orders.form.order_form import kept_fields
from orders.models import Draft, Order
from orders.permissions import can_begin, can_place
from orders.rules.moves import State
from portal.accounts import typed
from portal.customers.orders.who_orders import MayNotOrder, for_who_orders
from portal.order.entry import Entry, read_entry
from portal.order.renewing import begin_renewal
from portal.web import too_many_tries
from portal.web.current_company import current_membership
from portal.web.requests import reference_in, user_of


def _kept_as_draft(view: typed.View) -> typed.View:
    """Keeps a form that is sent after its session has ended as a draft of its user."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        writer = typed.writer_of(request)
        if writer is None or not can_begin(writer[0]):
            return view(request, *args, **kwargs)
        kept = keep_draft(data=_sent(request), by=writer[0])
        return typed.led_to_log_in(request, kept.get_absolute_url() if kept else writer[1])

    return inner


@_kept_as_draft
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_who_orders
def new_order(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    return _form_page(request, user, _start(request, user), None)


@_kept_as_draft
@login_required
@require_POST
@for_who_orders
def keep_order(request: HttpRequest) -> HttpResponse:
    """Saves the form as a draft. The browser calls it when a user leaves without sending it."""
    keep_draft(data=_sent(request), by=user_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _sent(request: HttpRequest) -> data.Kept:
    return data.to_keep(request.POST, kept_fields(), request.FILES)


@_kept_as_draft
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_who_orders
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    found = Draft.objects.of_author(user).filter(reference=reference).first()
    if found is None:
        if getattr(request, "htmx", False):  # deleted during the forecast
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return redirect(_placed_already(request, user))
    return _form_page(request, user, data.from_kept(found.data), found)


@login_required
@require_POST
def discard_draft(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    delete_draft(get_object_or_404(Draft.objects.of_author(user), reference=reference), by=user)
    messages.success(request, _("Draft deleted."))
    return redirect("orders")


def _placed_already(request: HttpRequest, user: User) -> Order:
    """The order placed from a draft that is gone, if its form is sent a second time; else 404."""
    try:
        submission = uuid.UUID(request.POST.get("submission", ""))
    except ValueError:
        raise Http404 from None
    mine = Order.objects.visible_to(user).filter(placed_by=user)
    return get_object_or_404(mine, submission=submission)


def _form_page(
    request: HttpRequest, user: User, start: QueryDict, draft: Draft | None
) -> HttpResponse:
    entry = read_entry(
        request,
        user,
        start,
        installations=Installation.objects.visible_to(user),
        orders=Order.objects.visible_to(user).in_sight(*user.company_ids),
    )
    if "save_draft" in request.POST:
        if answer := _save(request, user, entry, draft):
            return answer
    elif order := entry.place():
        delete_placed(order, draft)
        messages.success(request, _what_happened(order))
        return redirect(order)
    entry.form.read_forecast()
    context = {"form": entry.form, "sites": entry.sites, "draft": draft}
    if draft is None and request.method != "POST":
        context["left"] = Draft.objects.of_author(user).filter(by_itself=True).first()
    too_many_tries.say(request, entry.form.wait)
    return render(request, "customers/order_form.html", context)


def _save(
    request: HttpRequest, user: User, entry: Entry, draft: Draft | None
) -> HttpResponse | None:
    try:
        saved = save_draft(draft, data=entry.form.to_keep(), by=user)
    except TooManyDrafts:
        text = _("You have %(count)d drafts. Place or delete one of them first.")
        messages.error(request, text % {"count": MAX_DRAFTS})
        return None
    messages.success(request, _saved(entry.form.file_not_kept))
    return redirect(saved)


def _saved(file: str) -> str:
    if not file:
        return _("Draft saved. Only you see it.")
    text = _(
        "Draft saved, without the file “%(file)s”: choose it again before you place the order. "
        "Only you see the draft."
    )
    return text % {"file": file}


# What a new form starts with ----------------------------------------------------------


def _start(request: HttpRequest, user: User) -> QueryDict:
    """The start values by the address: an old order, ending licenses, an installation, or none."""
    if reference := reference_in(request, "again"):
        return _again(get_object_or_404(Order.objects.visible_to(user), reference=reference), user)
    visible = Installation.objects.visible_to(user)
    if reference := reference_in(request, "renew"):
        installation = get_object_or_404(visible.select_related("company"), reference=reference)
        _check_orders_for(user, installation)
        return begin_renewal(request, installation, **_company_for(request, user, installation))
    if reference := reference_in(request, "installation"):
        installation = get_object_or_404(visible, reference=reference)
        _check_orders_for(user, installation)
        serials = installation.serials.current()
        return data.for_installation(serials, **_company_for(request, user, installation))
    return data.started(**_company_for(request, user, None))


def _check_orders_for(user: User, installation: Installation) -> None:
    if company_of(user, installation) is None:
        raise MayNotOrder(installation)


def _again(order: Order, user: User) -> QueryDict:
    """The same order once more. It quotes no serials if the site went to another dealer."""
    installation = order.installation
    sees = installation is not None and can_see(user, installation)
    serials = list(installation.serials.current()) if installation and sees else []
    return data.again(order, list(order.lines.all()), serials)


def _company_for(
    request: HttpRequest, user: User, installation: Installation | None
) -> dict[str, str]:
    """The current company, unless the installation belongs to another company of the user."""
    current = current_membership(request)
    company = current.company if current and can_place(user, current.company) else None
    if installation and not (company and installation.is_of(company)):
        company = company_of(user, installation)
    return {"company": str(company.pk)} if company else {}


def _what_happened(order: Order) -> str:
    if order.state == State.ISSUED:
        return _("Order issued. The serial numbers are below and on their way by email.")
    if order.state == State.HELD:
        return _("Order taken. It is held until its serial number is known.")
    return _("Order placed. Sales reviews it, and we email you once it is issued.")
