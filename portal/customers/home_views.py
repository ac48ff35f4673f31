"""Where people arrive after the log-in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.customers.home import home_page
from portal.requests import user_of


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/home.html", home_page(user_of(request), timezone.now()))
