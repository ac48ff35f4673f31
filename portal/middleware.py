"""What happens to every request on its way to a view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.current_company import current_place


def local_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Shows times as the clocks of the company do that the user looks at."""

    def middleware(request: HttpRequest) -> HttpResponse:
        place = current_place(request)
        if place is None:
            return get_response(request)
        with timezone.override(place.company.time_zone):
            return get_response(request)

    return middleware


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Keeps pages out of every cache, the browser's too: they are one person's.

    Static files never get here, and a view that may be cached says so itself.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
