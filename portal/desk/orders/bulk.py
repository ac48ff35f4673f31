"""A file with many orders that sales uploads on behalf of a company.

The staff member who uploaded it sees its preview and result on the customers' pages.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders.bulk.forms import BulkForm
from orders.bulk.guide import GUIDE
from orders.permissions import companies_to_enter_for
from portal.desk.orders.entry import permitted


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    user = permitted(request)
    company = get_object_or_404(companies_to_enter_for(), pk=pk)
    form = BulkForm(user=user, on_behalf_of=company)
    if request.method == "POST":
        form = BulkForm(request.POST, request.FILES, user=user, on_behalf_of=company)
        if form.is_valid() and (kept := form.upload()):
            return redirect(kept)
    return render(request, "customers/bulk_upload.html", {"form": form, "columns": GUIDE})
