"""Which requests can be read at all: the portal's text is UTF-8, and so is what it is sent.

Django decodes query and form by the charset that a request names, also by one that is no text
(base64) or that browsers read as something else (UTF-7), and it begins with that while it makes
the request: what fails there has no page of ours as its answer.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

OURS = ("utf-8", "utf8")


class Request(WSGIRequest):
    """Decodes by UTF-8 alone, and only when it is asked; see `only_utf8`."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            kind, parameters = "", {"charset": "unreadable"}
        self.content_type, self.content_params = kind, parameters


class Handler(WSGIHandler):
    request_class = Request


def only_utf8(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuses what says that it is in another charset."""

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", OURS[0])
        if charset.strip().lower() not in OURS:
            raise BadRequest("The request is in another charset than UTF-8.")
        return get_response(request)

    return middleware
