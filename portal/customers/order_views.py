"""How customers order, and what they see of their orders."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from companies.models import User
from licensing.models import Installation
from orders.forms import OrderForm, starting_values
from orders.models import Order
from orders.moves import State
from portal.customers.order_page import order_page
from portal.customers.paging import page_of
from portal.requests import reference_in, user_of


@login_required
@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    orders = _after(Order.objects.visible_to(user), reference_in(request, "after"))
    page = page_of(orders.select_related("installation"))
    return render(request, "customers/order_list.html", {"page": page})


@login_required
@require_safe
def order_detail(request: HttpRequest, reference: str) -> HttpResponse:
    orders = Order.objects.visible_to(user_of(request))
    order = get_object_or_404(orders.with_what_the_page_shows(), reference=reference)
    return render(request, "customers/order_detail.html", order_page(order))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_order(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if not user.may_order:
        raise PermissionDenied(_("Only buyers and owners of a company can order."))
    if request.method != "POST":
        form = _empty_form(user, reference_in(request, "installation"))
    else:
        form = OrderForm(request.POST, user=user)
        if "add_line" in request.POST:
            form = form.with_line_added()
        elif "remove_line" in request.POST:
            form = form.with_line_removed(_index(request.POST["remove_line"]))
        elif form.is_valid() and (order := form.place()):
            messages.success(request, _what_happened(order))
            return redirect(order)
    return render(request, "customers/order_form.html", {"form": form})


def _empty_form(user: User, reference: str) -> OrderForm:
    """Started for an installation when the address names one that the user may see."""
    visible = Installation.objects.visible_to(user)
    initial = {}
    if reference:
        initial = starting_values(get_object_or_404(visible, reference=reference))
    return OrderForm(user=user, initial=initial, lines=[{}])


def _index(text: str) -> int:
    """Of the line to remove; -1, which no line has, for anything but a small number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _what_happened(order: Order) -> str:
    if order.state == State.ISSUED:
        return _("Order issued. The serial numbers are below and on their way by email.")
    return _("Order placed. Sales reviews it, and we email you once it is issued.")


def _after(orders: QuerySet[Order], reference: str) -> QuerySet[Order]:
    """Newest first, from the row after that one on."""
    if not reference:
        return orders
    last = Order.objects.filter(reference=reference)
    placed_at, pk = last.values("placed_at")[:1], last.values("pk")[:1]
    return orders.filter(Q(placed_at__lt=placed_at) | Q(placed_at=placed_at, pk__lt=pk))
