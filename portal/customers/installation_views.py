"""What customers see of their installations."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from companies.models import User
from companies.time_zones import local_date
from licensing.models import Family, Installation, Revision, Serial
from licensing.serial_numbers import fold
from orders.models import Order
from portal.customers import lanes
from portal.customers.paging import PAGE_SIZE, page_of
from portal.requests import user_of

MAX_QUERY = 120  # characters that are searched for


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("installations")


@login_required
@require_safe
def installation_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    query = request.GET.get("q", "").strip()[:MAX_QUERY]
    found = _search(Installation.objects.visible_to(user), user, query)
    page = page_of(_after(found, request.GET.get("after", "")))
    families = list(Family.objects.all())
    context = {
        "page": page,
        "query": query,
        "families": families,
        "rows": [(row, _serials_in_columns(row, families)) for row in page.rows],
    }
    return render(request, "customers/installation_list.html", context)


@login_required
@require_safe
def installation_detail(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    visible = Installation.objects.visible_to(user).select_related("company", "end_customer")
    installation = get_object_or_404(visible, reference=reference)
    serials = list(installation.serials.select_related("family", "revision"))
    orders = Order.objects.visible_to(user).filter(installation=installation)
    newest = list(orders.prefetch_related("lines").order_by("-placed_at", "-pk")[: PAGE_SIZE + 1])
    today = local_date(timezone.now(), installation.company.time_zone)
    context = {
        "installation": installation,
        "today": today,
        "current": [serial for serial in serials if serial.is_current],
        "lots": installation.lots.held(),
        "orders": newest[:PAGE_SIZE],
        "more_orders": len(newest) > PAGE_SIZE,
        "lanes": _history(installation, serials, orders),
    }
    return render(request, "customers/installation_detail.html", context)


def _search(
    installations: QuerySet[Installation], user: User, query: str
) -> QuerySet[Installation]:
    """By any serial of the history, however it is typed, by site name, or by PO number."""
    if not query:
        return installations
    orders = Order.objects.visible_to(user).filter(po_number__iexact=query)
    serials = Serial.objects.filter(lookup_key=fold(query))
    return installations.filter(
        Q(site_name_folded__contains=query.casefold())
        | Q(pk__in=serials.values("installation"))
        | Q(pk__in=orders.values("installation"))
    )


def _after(installations: QuerySet[Installation], reference: str) -> QuerySet[Installation]:
    """From the row after that one on, with the serials that the list shows."""
    if reference:
        last = Installation.objects.filter(reference=reference)
        name, pk = last.values("site_name_folded")[:1], last.values("pk")[:1]
        installations = installations.filter(
            Q(site_name_folded__gt=name) | Q(site_name_folded=name, pk__gt=pk)
        )
    serials = Prefetch("serials", Serial.objects.current(), to_attr="current_serials")
    return installations.select_related("company", "end_customer").prefetch_related(serials)


def _serials_in_columns(
    installation: Installation, families: Sequence[Family]
) -> list[tuple[Family, str]]:
    numbers = {
        serial.family_id: serial.number
        for serial in installation.current_serials  # type: ignore[attr-defined]  # prefetched
    }
    return [(family, numbers.get(family.code, "")) for family in families]


def _history(
    installation: Installation, serials: Sequence[Serial], orders: QuerySet[Order]
) -> lanes.Lanes:
    """With the POs of the visible orders only: what others ordered is told to nobody else."""
    revisions = list(installation.revisions.order_by("-number")[: lanes.MAX_COLUMNS])[::-1]
    notes: dict[int | None, str] = {
        revision.pk: revision.get_cause_display()
        for revision in revisions
        if revision.cause != Revision.Cause.ORDER
    }
    notes |= {order.revision_id: str(order) for order in orders.filter(revision__in=revisions)}
    return lanes.draw(revisions, serials, notes, installation.company.time_zone)
