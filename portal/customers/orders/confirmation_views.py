"""Customers' pages about the confirmation of an order: read it and send it again."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from companies.models import User
from licensing.permissions import can_see
from orders.models import Order
from orders.permissions import can_resend
from portal.accounts.typed import kept
from portal.customers.orders.order_page import name_for_customers
from portal.order.confirmation import confirmation_page, copy_response, is_within_limit, resend_form
from portal.order.deliveries import deliveries_for_customers
from portal.web.not_allowed import NotAllowed
from portal.web.requests import user_of


@csp_update({"frame-src": [SELF]})  # for the mail as it was sent
@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    order = _visible(user, reference)
    may_resend = can_resend(user, order)
    if request.method == "POST" and not may_resend:
        raise NotAllowed(_("Only buyers and owners of a company can send it again."))
    form = resend_form(request, order) if may_resend else None
    if form and form.is_valid() and is_within_limit(request, order, form):
        again = form.resend(order, by=user)
        messages.success(request, _("It is on its way to %(addresses)s.") % {"addresses": again})
        return redirect("order_confirmation", order.reference)
    context = confirmation_page(order, form, deliveries_for_customers(order), name_for_customers)
    context["sees_site"] = order.installation is not None and can_see(user, order.installation)
    return render(request, "customers/confirmation.html", context)


@login_required
@require_safe
def confirmation_copy(
    request: HttpRequest, reference: str, language: str, kind: str
) -> HttpResponse:
    return copy_response(_visible(user_of(request), reference), language, kind)


def _visible(user: User, reference: str) -> Order:
    orders = Order.objects.visible_to(user).exclude(revision=None)
    return get_object_or_404(orders.with_what_the_page_shows(), reference=reference)
