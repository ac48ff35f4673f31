"""Customers' pages about installations."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from licensing.models import Installation
from orders.models import Order
from portal.customers.installations.installation_page import installation_page
from portal.customers.installations.sites import site_table, with_current_serials
from portal.customers.paging import PAGE_SIZE, page_of
from portal.search import find_installations, find_orders
from portal.web.current_company import current_membership
from portal.web.requests import number_in, query_of, reference_in, user_of


@login_required
@require_safe
def installation_list(request: HttpRequest) -> HttpResponse:
    """The current company's installations, or the search results among all, then with orders."""
    user, query, after = user_of(request), query_of(request), reference_in(request, "after")
    membership = current_membership(request)
    if membership is None:
        return render(request, "customers/no_company.html")
    visible = Installation.objects.visible_to(user)
    if query:
        found = find_installations(visible, Order.objects.visible_to(user), query)
    else:
        found = visible.of_company(membership.company)
    page = page_of(with_current_serials(found), after, among=visible)
    if query and not after and len(page.rows) == 1 and page.rows[0].by_serial:  # type: ignore[attr-defined]  # annotated
        return _straight_to(request, page.rows[0])
    context = {
        "page": page,
        "query": query,
        "sites": site_table(page.rows),
        "orders": find_orders(user, query)[:PAGE_SIZE] if query and not after else [],
    }
    return render(request, "customers/installation_list.html", context)


@login_required
@require_safe
def installation_detail(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    visible = Installation.objects.visible_to(user).select_related(
        "company", "end_customer", "notice_schedule"
    )
    installation = get_object_or_404(visible, reference=reference)
    opened = {name: number_in(request, name) for name in ("before", "terms")}
    context = installation_page(installation, user, timezone.now(), **opened)
    return render(request, "customers/installation_detail.html", context)


def _straight_to(request: HttpRequest, installation: Installation) -> HttpResponse:
    """Redirects a search for a serial number to its installation; warns of a replaced number."""
    if installation.by_old_serial:  # type: ignore[attr-defined]  # annotated
        old = _("The serial number that you searched for was replaced. Quote the current one.")
        messages.warning(request, old)
    return redirect("installation", installation.reference)
