"""Customers' pages about their orders."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from companies.models import User
from licensing.permissions import can_see
from orders import actions
from orders.documents.actions import takes_documents
from orders.documents.forms import AttachForm
from orders.form.placed import CancelForm, FindSiteForm, SupplySerialForm
from orders.models import Draft, Order
from orders.permissions import can_attach, can_cancel, can_place, can_supply_serial
from orders.rules.moves import Move, State, is_allowed
from orders.rules.problems import OrderRefused, check_move
from orders.wording import sentence
from portal.accounts.typed import fill_in, filled_in, kept, taken
from portal.customers.orders.finder import Finder, read_finder
from portal.customers.orders.order_page import order_page
from portal.customers.paging import page_of
from portal.order.downloads import download
from portal.web import too_many_tries
from portal.web.current_company import current_membership
from portal.web.not_allowed import NotAllowed
from portal.web.requests import reference_in, user_of


@login_required
@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    membership = current_membership(request)
    if membership is None:
        return render(request, "customers/no_company.html")
    user, after = user_of(request), reference_in(request, "after")
    orders = Order.objects.visible_to(user).of_company(membership.company)
    page = page_of(orders.select_related("installation"), after, among=orders)
    drafts = [] if after else Draft.objects.of_author(user)
    return render(request, "customers/order_list.html", {"page": page, "drafts": drafts})


@login_required
@require_safe
def order_detail(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _visible(user, reference)
    offers = _offers(user, order)
    typed = taken(request, reverse("order_serial", args=[order.reference]))
    if offers["serial_form"] and typed is not None:
        fill_in(offers["serial_form"], typed)
        fill_in(offers["finder"].form, typed)
    return render(request, "customers/order_detail.html", order_page(order) | offers)


@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_order(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference, can_cancel)
    form = filled_in(request, CancelForm(request.POST or None))
    try:
        check_move(State(order.state), Move.CANCEL)
        if request.method == "POST" and form.is_valid():
            actions.cancel(order, by=user, reason=form.cleaned_data["reason"])
            messages.success(request, _("Order canceled. Nothing is issued."))
            return redirect(order)
    except OrderRefused as refusal:
        _show_refusal(request, refusal)
        return redirect(order)
    return render(request, "customers/order_cancel.html", {"order": order, "form": form})


@kept
@login_required
@require_POST
def supply_serial(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference, can_supply_serial)
    finder = read_finder(request, user, order.company)
    asked = finder.was_asked
    form = SupplySerialForm(initial=finder.serials) if asked else SupplySerialForm(request.POST)
    if form.is_valid() and (supplied := form.supply(order, by=user)):
        messages.success(request, _what_followed(supplied))
        return redirect(order)
    too_many_tries.say(request, form.wait)
    context = order_page(order) | _offers(user, order) | {"serial_form": form, "finder": finder}
    return render(request, "customers/order_detail.html", context)


@login_required
@require_POST
def attach_document(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference, can_attach)
    form = AttachForm(request.POST, request.FILES)
    if form.is_valid() and (document := form.attach(order, by=user)):
        messages.success(request, _("%(document)s is attached.") % {"document": document})
        return redirect(order)
    context = order_page(order) | _offers(user, order) | {"attach_form": form}
    return render(request, "customers/order_detail.html", context)


@login_required
@require_safe
def download_document(request: HttpRequest, reference: str, document: str) -> FileResponse:
    order = _visible(user_of(request), reference)
    return download(get_object_or_404(order.documents, reference=document))


def _visible(user: User, reference: str) -> Order:
    orders = Order.objects.visible_to(user).with_what_the_page_shows()
    return get_object_or_404(orders, reference=reference)


def _changeable(user: User, reference: str, can: Callable[[User, Order], bool]) -> Order:
    order = _visible(user, reference)
    if not can(user, order):
        raise NotAllowed(_("Only buyers and owners of a company can change its orders."))
    return order


def _offers(user: User, order: Order) -> dict[str, Any]:
    """The actions that the user may take on the order in its state."""
    may_give = order.takes_serial and can_supply_serial(user, order)
    attaches = takes_documents(order) and can_attach(user, order)
    return {
        "sees_site": order.installation is not None and can_see(user, order.installation),
        "may_order_again": can_place(user, order.company),
        "attach_form": AttachForm() if attaches else None,
        "may_cancel": is_allowed(State(order.state), Move.CANCEL) and can_cancel(user, order),
        "serial_form": SupplySerialForm() if may_give else None,
        "finder": Finder(FindSiteForm()) if may_give else None,
    }


def _what_followed(order: Order) -> str:
    if order.state == State.ISSUED:
        return _("Thank you. The order is issued, and the confirmation is on its way by email.")
    return _("Thank you. The order is back in review.")


def _show_refusal(request: HttpRequest, refusal: OrderRefused) -> None:
    for problem in refusal.problems:
        messages.error(request, sentence(problem))
