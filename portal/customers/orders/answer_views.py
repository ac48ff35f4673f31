"""The page of the link in a mail about a held order: it shows only the question of that order.

To open it changes nothing: mail scanners open links, too. It opens no session.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.form.placed import SupplySerialForm
from orders.models import Order
from orders.quoting.answer_link import order_of
from portal.web import too_many_tries


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    if order is None or not order.takes_serial:
        return render(request, "customers/answer_closed.html", status=404)
    form = SupplySerialForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (answered := form.supply(order, by=order.orderer, by_link=True)):
        return render(request, "customers/answered.html", {"order": answered})
    return _page(request, order, form)


def _page(request: HttpRequest, order: Order, form: SupplySerialForm) -> HttpResponse:
    held = order.events.order_by("-pk").first()
    context = {"order": order, "held": held, "form": form}
    too_many_tries.say(request, form.wait)
    return render(request, "customers/answer.html", context)
