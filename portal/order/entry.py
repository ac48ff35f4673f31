"""Reads the order form from a request, for customers and for sales on their behalf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from companies.models import Company, User
from licensing.models import Installation, InstallationQuerySet
from orders.form.data import FINDS, as_sent, edited
from orders.form.order_form import OrderForm
from orders.models import Order
from portal.search import OrderSight, find_installations

SHOWN = 10  # sites that are offered at first


@dataclass(frozen=True, slots=True)
class Entry:
    """The form, and the sites that its search found; None without a search."""

    form: OrderForm
    sites: Sequence[Installation] | None

    def place(self) -> Order | None:
        """Places the order if "Place order" was pressed; None while it is edited, or if it is
        refused.
        """
        form = self.form
        return form.place() if form.shows_errors and form.is_valid() else None


def read_entry(
    request: HttpRequest,
    user: User,
    start: QueryDict,
    *,
    installations: InstallationQuerySet,
    orders: OrderSight,
    on_behalf_of: Company | None = None,
) -> Entry:
    """The form as it was sent, or a new one with the values of `start`.

    "Place order" shows the errors; any other button only edits the form.
    """
    if request.method != "POST":
        return Entry(OrderForm(start, user=user, on_behalf_of=on_behalf_of), None)
    sent = as_sent(request.POST)
    data = edited(sent, installations)
    form = OrderForm(
        sent if data is None else data,
        request.FILES,
        user=user,
        on_behalf_of=on_behalf_of,
        shows_errors=data is None,
    )
    query, company = form.cleaned_data.get("find"), form.cleaned_data.get("company")
    if not (query and company and FINDS & request.POST.keys()):
        return Entry(form, None)
    found = find_installations(installations.in_sight(company.pk), orders, query)
    return Entry(form, found.read(installations, first=SHOWN))
