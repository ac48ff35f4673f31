"""The desk's pages about the confirmation of an order: read it, download it, send it again."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from companies.models import User
from orders.models import Order
from orders.permissions import can_resend, can_see_all
from portal.order.confirmation import (
    confirmation_page,
    copy_response,
    delivery_response,
    is_within_limit,
    resend_form,
)
from portal.order.deliveries import deliveries_after
from portal.web.requests import user_of


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # for the mail as it was sent
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    order = _order(user, pk)
    may_resend = can_resend(user, order)
    if request.method == "POST" and not may_resend:
        raise PermissionDenied
    form = resend_form(request, order) if may_resend else None
    if form and form.is_valid() and is_within_limit(request, order, form):
        again = form.resend(order, by=user)
        messages.success(request, _("It is on its way to %(addresses)s.") % {"addresses": again})
        return redirect("admin:orders_order_confirmation", order.pk)
    title = _("Confirmation %(revision)s of %(order)s") % {
        "revision": order.revision,
        "order": order,
    }
    frame = {**admin.site.each_context(request), "title": title, "opts": Order._meta, "one": order}
    context = frame | confirmation_page(
        order, form, deliveries_after(order.revision_id), str, for_staff=True
    )
    return render(request, "admin/orders/order/confirmation.html", context)


@require_safe
def confirmation_copy(request: HttpRequest, pk: int, language: str, kind: str) -> HttpResponse:
    return copy_response(_order(user_of(request), pk), language, kind, for_staff=True)


@require_safe
def delivery(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """The mail as that recipient got it, with the recipient's links masked."""
    user = user_of(request)
    if not user.has_perm("outbox.view_message"):
        raise PermissionDenied
    return delivery_response(_order(user, pk), delivery)


def _order(user: User, pk: int) -> Order:
    """An issued order, for users who may see orders."""
    if not can_see_all(user):
        raise PermissionDenied
    orders = Order.objects.exclude(revision=None).with_what_the_page_shows()
    return get_object_or_404(orders, pk=pk)
