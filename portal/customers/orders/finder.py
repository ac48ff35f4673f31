"""Finds the site of a held order by something else than its serial number, for its reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from companies.models import Company, User
from licensing.models import Installation
from orders.form.placed import FindSiteForm
from orders.form.serials import values_of
from orders.models import Order
from portal.order.entry import SHOWN
from portal.search import find_installations


@dataclass(frozen=True, slots=True)
class Finder:
    """The form, the sites that it found (None without a search), and the serials of one of them."""

    form: FindSiteForm
    sites: Sequence[Installation] | None = None
    serials: dict[str, str] = field(default_factory=dict)

    @property
    def was_asked(self) -> bool:
        return self.sites is not None or bool(self.serials)


def read_finder(request: HttpRequest, user: User, company: Company) -> Finder:
    """Looks among the sites of the company that the user may see."""
    visible = Installation.objects.visible_to(user).of_company(company)
    if "use_site" in request.POST:
        reference = "".join(filter(str.isalnum, request.POST["use_site"]))
        site = visible.filter(reference=reference).first()
        return Finder(FindSiteForm(), serials=values_of(site.serials.current()) if site else {})
    if "find_site" not in request.POST:
        return Finder(FindSiteForm())
    form = FindSiteForm(request.POST)
    query = form.cleaned_data.get("find") if form.is_valid() else ""
    if not query:
        return Finder(form, sites=[])
    orders = Order.objects.visible_to(user).in_sight(*user.company_ids)
    found = find_installations(visible.in_sight(company.pk), orders, query)
    return Finder(form, sites=found.read(visible, first=SHOWN))
