"""Many orders in one file: upload, preview, placing, and the result to download."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.bulk import actions, result
from orders.bulk.forms import BulkForm
from orders.bulk.guide import GUIDE, sample
from orders.bulk.template import XLSX, template
from orders.models.bulk import BulkUpload
from orders.permissions import can_enter
from portal.customers.orders.bulk_page import bulk_page, recent_uploads
from portal.customers.orders.who_orders import for_who_orders
from portal.web.current_company import current_membership
from portal.web.requests import user_of

CSV = "text/csv; charset=utf-8"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_who_orders
def upload(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    membership = current_membership(request)
    form = BulkForm(user=user, company=membership.company_id if membership else None)
    if request.method == "POST":
        form = BulkForm(request.POST, request.FILES, user=user)
        if form.is_valid() and (kept := form.upload()):
            return redirect(kept)
    context = {"form": form, "columns": GUIDE, "uploads": recent_uploads(user)}
    return render(request, "customers/bulk_upload.html", context)


@login_required
@require_safe
def download_sample(request: HttpRequest) -> HttpResponse:
    headers = {"Content-Disposition": 'attachment; filename="orders-sample.csv"'}
    return HttpResponse(sample(), content_type=CSV, headers=headers)


@login_required
@require_safe
def download_template(request: HttpRequest) -> HttpResponse:
    headers = {"Content-Disposition": 'attachment; filename="orders-sample.xlsx"'}
    return HttpResponse(template(), content_type=XLSX, headers=headers)


@login_required
@require_safe
def show(request: HttpRequest, reference: str) -> HttpResponse:
    kept = _own(request, reference)
    context = bulk_page(kept, user_of(request), request.GET)
    return render(request, "customers/bulk_preview.html", context)


@login_required
@require_POST
def go_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Does the next step. Without JavaScript the button “Continue” posts here and leads back."""
    kept = actions.go_on(_own(request, reference), by=user_of(request))
    if not getattr(request, "htmx", False):
        return redirect(kept)
    if kept.is_running:
        return render(request, "customers/bulk_progress.html", {"upload": kept})
    return HttpResponse(headers={"HX-Redirect": kept.get_absolute_url()})


@login_required
@require_POST
def place(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    kept = actions.place(_own(request, reference), by=user)
    return redirect(actions.go_on(kept, by=user))


@login_required
@require_POST
def discard(request: HttpRequest, reference: str) -> HttpResponse:
    kept = _own(request, reference)
    if not actions.discard(kept, by=user_of(request)):
        messages.error(
            request,
            _("The orders of this file are being placed, or were placed. Cancel them one by one."),
        )
        return redirect(kept)
    messages.success(request, _("Nothing was ordered. The file is forgotten."))
    return redirect(_start(kept))


@login_required
@require_safe
def download_result(request: HttpRequest, reference: str) -> StreamingHttpResponse:
    kept = _own(request, reference)
    name = f"orders-{kept.reference}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(result.lines(kept), content_type=CSV, headers=headers)


def _own(request: HttpRequest, reference: str) -> BulkUpload:
    user = user_of(request)
    uploads = BulkUpload.objects.visible_to(user, enters=can_enter(user))
    related = uploads.select_related("company", "by", "ordered_for")
    return get_object_or_404(related, reference=reference)


def _start(kept: BulkUpload) -> Any:
    """The page to upload the next file; for sales, the page at the desk."""
    return "admin:orders_order_enter" if kept.ordered_for_id else "order_bulk"
