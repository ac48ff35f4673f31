"""Refuses requests that are not UTF-8, the only charset of the portal.

Django decodes query and form by the charset that a request names, even one that is no text (base64)
or that browsers read differently (UTF-7). It does so while it makes the request, so an error there
has no page of ours as its answer.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

OURS = ("utf-8", "utf8")


class Request(WSGIRequest):
    """Decodes by UTF-8 only, and only when it is read; see `only_utf8`."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            kind, parameters = "", {"charset": "unreadable"}
        self.content_type, self.content_params = kind, parameters


class Handler(WSGIHandler):
    request_class = Request


def only_utf8(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuses a request that names another charset."""

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", OURS[0])
        if charset.strip().lower() not in OURS:
            raise BadRequest("The request is in another charset than UTF-8.")
        return get_response(request)

    return middleware
