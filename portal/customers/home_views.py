"""The first page after the log-in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.customers.home import home_page
from portal.web.current_company import current_membership
from portal.web.requests import user_of


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    membership = current_membership(request)
    if membership is None and user_of(request).is_staff:
        return redirect("admin:index")  # where the vendor's own people work
    if membership is None:
        return render(request, "customers/no_company.html")
    page = home_page(user_of(request), membership.company, timezone.now())
    return render(request, "customers/home.html", page)
