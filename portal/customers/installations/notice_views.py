"""The page to choose when contacts are told that subscriptions end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licensing.models import Installation
from licensing.permissions import can_maintain
from notifications.forms import ScheduleForm
from notifications.notices.choosing import SCHEDULE
from portal.accounts.typed import filled_in, kept
from portal.web.not_allowed import NotAllowed
from portal.web.requests import user_of


@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_schedule(request: HttpRequest, reference: str) -> HttpResponse:
    user = user_of(request)
    installation = get_object_or_404(Installation.objects.visible_to(user), reference=reference)
    if not can_maintain(user, installation, SCHEDULE):
        raise NotAllowed(_("Only buyers and owners choose when notices are sent."))
    sent = request.POST if request.method == "POST" else None
    form = ScheduleForm(sent, installation=installation)
    if form.is_valid():
        form.save(by=user, at=timezone.now())
        messages.success(request, _("Saved. Notices are sent on these days from now on."))
        return redirect("installation", installation.reference)
    context = {"installation": installation, "form": filled_in(request, form)}
    return render(request, "customers/installation_notices.html", context)
