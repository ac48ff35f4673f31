"""The desk's pages about one installation: its days for notices, and its reported serials."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from licensing.models import Installation
from licensing.permissions import SAY_ENTERED, can_maintain
from notifications.forms import EnteredHereForm, ScheduleForm
from notifications.notices.choosing import SCHEDULE
from portal.web.requests import user_of


@require_http_methods(["GET", "HEAD", "POST"])
def change_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    installation = _permitted(request, SCHEDULE, pk)
    sent = request.POST if request.method == "POST" else None
    form = ScheduleForm(sent, installation=installation)
    if form.is_valid():
        form.save(by=user_of(request), at=timezone.now())
        messages.success(request, _("Saved. Notices are sent on these days from now on."))
        return redirect("admin:licensing_installation_change", installation.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Notices for %(site)s") % {"site": installation},
        "installation": installation,
        "form": form,
    }
    return render(request, "admin/licensing/installation/notices.html", context)


@require_POST
def say_entered(request: HttpRequest, pk: int) -> HttpResponse:
    """Reports a serial as entered for a customer on the phone."""
    installation = _permitted(request, SAY_ENTERED, pk)
    form = EnteredHereForm(request.POST, installation=installation)
    if form.is_valid() and form.save(by=user_of(request), at=timezone.now()):
        messages.success(request, _("Noted: the serial number is on the server."))
    else:
        messages.error(
            request, _("This serial number is no longer the current one. Enter the current one.")
        )
    return redirect("admin:licensing_installation_change", installation.pk)


def _permitted(request: HttpRequest, permission: str, pk: int) -> Installation:
    installation = get_object_or_404(Installation, pk=pk)
    if not can_maintain(user_of(request), installation, permission):
        raise PermissionDenied
    return installation
