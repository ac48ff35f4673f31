"""The bare view that pages are compared with: a log-in, one indexed query, a small template."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from orders.models import Order

TEMPLATE = Engine().from_string(
    "<!doctype html><title>Orders</title><p>{{ user.email }}</p><table>{% for order in orders %}"
    "<tr><td>{{ order.reference }}</td><td>{{ order.po_number }}</td><td>{{ order.state }}</td>"
    "</tr>{% endfor %}</table>"
)


def orders(request: HttpRequest, company: int) -> HttpResponse:
    newest = Order.objects.filter(company=company).order_by("-placed_at", "-pk")[:25]
    rows = list(newest.values("reference", "po_number", "state"))
    return HttpResponse(TEMPLATE.render(Context({"user": request.user, "orders": rows})))


urlpatterns = [path("bare/<int:company>/", orders)]
