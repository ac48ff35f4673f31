"""The desk's pages about the documents of an order: attach one, download one."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.documents.forms import AttachForm
from orders.models import Order
from orders.permissions import can_attach, can_see_all
from portal.order.downloads import download
from portal.web.requests import user_of


@require_http_methods(["GET", "HEAD", "POST"])
def attach_document(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    order = get_object_or_404(Order.objects.select_related("company", "installation"), pk=pk)
    if not can_attach(user, order):
        raise PermissionDenied
    form = AttachForm(request.POST, request.FILES) if request.method == "POST" else AttachForm()
    if form.is_valid() and (document := form.attach(order, by=user)):
        messages.success(request, _("%(document)s is attached.") % {"document": document})
        return redirect("admin:orders_order_change", order.pk)
    title = _("Attach a document to %(order)s") % {"order": order}
    context = {**admin.site.each_context(request), "title": title, "opts": Order._meta}
    return render(
        request, "admin/orders/order/document.html", context | {"one": order, "form": form}
    )


@require_safe
def download_document(request: HttpRequest, pk: int, document: str) -> FileResponse:
    """Allows users who may see the orders."""
    if not can_see_all(user_of(request)):
        raise PermissionDenied
    order = get_object_or_404(Order, pk=pk)
    return download(get_object_or_404(order.documents, reference=document))
