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
