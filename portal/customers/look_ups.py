"""How often serial numbers may be looked up: enough for work, too seldom to find one by trying."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal.ratelimit import consume, respond_429
from django.http import HttpRequest, HttpResponse

from portal.requests import user_of

View = Callable[..., HttpResponse]


def limited_by(limit: str) -> Callable[[View], View]:
    """For views behind `login_required`; `limit` is one of ACCOUNT_RATE_LIMITS.

    A search counts, and a form that quotes serials.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            counts = request.method == "POST" or request.GET.get("q")
            if counts and not _is_within(limit, request):
                refusal: HttpResponse = respond_429(request)
                return refusal
            return view(request, *args, **kwargs)

        return inner

    return decorate


limited = limited_by("serial")


def _is_within(limit: str, request: HttpRequest) -> bool:
    """Counts this one, found or not: what is slower for unknown serials tells them apart."""
    action = {"app": "allauth.account", "action": limit, "user": user_of(request)}
    return bool(consume(request, limit_get=True, **action))
