"""How customers order, and what they see of their orders."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from companies.models import Membership, User
from licensing.models import Installation
from orders import actions
from orders.document_actions import takes_documents
from orders.document_forms import AttachForm
from orders.forms import CancelForm, OrderForm, SupplySerialForm, starting_values
from orders.models import Order
from orders.moves import Move, State, is_allowed
from orders.policies import OrderRefused, check_move
from orders.wording import sentence
from portal.current_company import current_place
from portal.customers.look_ups import limited
from portal.customers.order_page import order_page
from portal.customers.paging import page_of
from portal.downloads import download
from portal.requests import reference_in, user_of


@login_required
@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    place = current_place(request)
    if place is None:
        return render(request, "customers/no_company.html")
    visible = Order.objects.visible_to(user_of(request)).filter(company=place.company)
    orders = _after(visible, reference_in(request, "after"))
    page = page_of(orders.select_related("installation"))
    return render(request, "customers/order_list.html", {"page": page})


@login_required
@require_safe
def order_detail(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _visible(user, reference)
    return render(request, "customers/order_detail.html", order_page(order) | _offers(user, order))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_order(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference)
    form = CancelForm(request.POST or None)
    try:
        check_move(State(order.state), Move.CANCEL)
        if request.method == "POST" and form.is_valid():
            actions.cancel(order, by=user, reason=form.cleaned_data["reason"])
            messages.success(request, _("Order canceled. Nothing is issued."))
            return redirect(order)
    except OrderRefused as refusal:
        _tell(request, refusal)
        return redirect(order)
    return render(request, "customers/order_cancel.html", {"order": order, "form": form})


@login_required
@require_POST
@limited
def supply_serial(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference)
    form = SupplySerialForm(request.POST)
    if form.is_valid() and form.supply(order, by=user):
        messages.success(request, _("Thank you. The order is back in review."))
        return redirect(order)
    context = order_page(order) | _offers(user, order) | {"serial_form": form}
    return render(request, "customers/order_detail.html", context)


@login_required
@require_POST
def attach_document(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _changeable(user, reference)
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


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def new_order(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if not user.may_order:
        raise PermissionDenied(_("Only buyers and owners of a company can order."))
    if request.method != "POST":
        form = _empty_form(user, current_place(request), reference_in(request, "installation"))
    else:
        form = OrderForm(request.POST, request.FILES, user=user)
        if edited := form.edited():
            form = edited
        elif form.is_valid() and (order := form.place()):
            messages.success(request, _what_happened(order))
            return redirect(order)
    return render(request, "customers/order_form.html", {"form": form})


def _visible(user: User, reference: str) -> Order:
    orders = Order.objects.visible_to(user).with_what_the_page_shows()
    return get_object_or_404(orders, reference=reference)


def _changeable(user: User, reference: str) -> Order:
    order = _visible(user, reference)
    if not actions.may_order_for(user, order.company):
        raise PermissionDenied(_("Only buyers and owners of a company can change its orders."))
    return order


def _offers(user: User, order: Order) -> dict[str, Any]:
    """What the user may do with the order where it stands."""
    places = (place for place in user.places if place.company_id == order.company_id)
    if not any(place.may_order for place in places):  # read with the user: no statement more
        return {}
    state = State(order.state)
    waits = is_allowed(state, Move.SUPPLY_SERIAL) and not order.is_new
    return {
        "attach_form": AttachForm() if takes_documents(order) else None,
        "may_cancel": is_allowed(state, Move.CANCEL),
        "serial_form": SupplySerialForm() if waits else None,
    }


def _tell(request: HttpRequest, refusal: OrderRefused) -> None:
    for problem in refusal.problems:
        messages.error(request, sentence(problem))


def _empty_form(user: User, place: Membership | None, reference: str) -> OrderForm:
    """Started for an installation when the address names one that the user may see."""
    visible = Installation.objects.visible_to(user)
    installation = get_object_or_404(visible, reference=reference) if reference else None
    initial = starting_values(installation) if installation else {}
    company = _orders_for(user, place, installation)
    return OrderForm(user=user, initial={**initial, **company}, lines=[{}])


def _orders_for(
    user: User, current: Membership | None, installation: Installation | None
) -> dict[str, int]:
    """The company to start with: the current one, unless the installation needs another."""
    places = [current, *user.places] if current else []
    for place in places:
        ids = (installation.company_id, installation.end_customer_id) if installation else None
        if place.may_order and (ids is None or place.company_id in ids):
            return {"company": place.company_id}
    return {}


def _what_happened(order: Order) -> str:
    if order.state == State.ISSUED:
        return _("Order issued. The serial numbers are below and on their way by email.")
    return _("Order placed. Sales reviews it, and we email you once it is issued.")


def _after(orders: QuerySet[Order], reference: str) -> QuerySet[Order]:
    """Newest first, from the row after that one on."""
    if not reference:
        return orders
    last = orders.filter(reference=reference)  # an invisible one tells nothing
    placed_at, pk = last.values("placed_at")[:1], last.values("pk")[:1]
    return orders.filter(Q(placed_at__lt=placed_at) | Q(placed_at=placed_at, pk__lt=pk))
