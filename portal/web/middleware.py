"""Middleware for every request before its view."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from portal.web.current_company import current_membership


def local_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Shows times in the time zone of the company that the user looks at; to others in sales'."""

    def middleware(request: HttpRequest) -> HttpResponse:
        membership = current_membership(request)
        zone = membership.company.time_zone if membership else settings.SALES_TIME_ZONE
        with timezone.override(zone):
            return get_response(request)

    return middleware


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Keeps pages out of every cache, including the browser's: a page is for one person.

    Static files never get here, and a view that may be cached sets its own header.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def limit_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuses a body larger than any form of ours before it reads a byte."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _body_length(request) <= settings.MAX_BODY:
            return get_response(request)
        page = render_to_string("413.html", {"megabytes": settings.MAX_BODY // 1024**2})
        return HttpResponse(page, status=413)

    return middleware


def _body_length(request: HttpRequest) -> int:
    """The length as Django takes it: a body without a length is not read."""
    try:
        return int(request.META.get("CONTENT_LENGTH", 0))
    except ValueError:
        return 0
