"""Pages to report that a new serial number was entered on the server.

The installer uses the link in a mail, without a log-in; to open it changes nothing, since mail
scanners open links, too. Users who order for the installation use its page.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from licensing.models import Installation
from licensing.permissions import SAY_ENTERED, can_maintain
from notifications.forms import EnteredForm, EnteredHereForm
from notifications.notices.changeover import serial_of
from portal.web.not_allowed import NotAllowed
from portal.web.requests import user_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entered_by_link(request: HttpRequest, token: str) -> HttpResponse:
    serial = serial_of(token)
    if serial is None:
        return render(request, "customers/changeover_closed.html", status=404)
    form = EnteredForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save(serial, at=timezone.now())
        return redirect("serial_entered", token)
    page = "changeover" if serial.is_current else "changeover_closed"
    context = {"serial": serial, "form": form}
    return render(request, f"customers/{page}.html", context)


@login_required
@require_POST
def entered(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    installation = get_object_or_404(Installation.objects.visible_to(user), reference=reference)
    if not can_maintain(user, installation, SAY_ENTERED):
        raise NotAllowed(_("Only buyers and owners can confirm it. Ask one of them."))
    form = EnteredHereForm(request.POST, installation=installation)
    if form.is_valid() and form.save(by=user, at=timezone.now()):
        messages.success(request, _("Noted: the serial number is on the server."))
    else:
        messages.error(
            request, _("This serial number is no longer the current one. Enter the current one.")
        )
    return redirect("installation", installation.reference)
