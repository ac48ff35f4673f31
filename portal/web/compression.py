"""Compresses pages, but none that could tell an attacker what is in it (BREACH).

Text that is there twice makes a compressed page shorter. Where a request may put a text of its
choice into a page, the length of the answer tells whether the same text is in it elsewhere: letter
by letter, a serial number. So a page is compressed only if the request brought no text: it was
opened by its address alone, and there is a page at that address. The token against forged requests
looks different in each answer, and up to 100 random bytes blur the length.

Static files have been compressed before, see `portal.web.static_files`.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Compress(GZipMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if brought_text(request) or not is_page(response):
            return response
        return super().process_response(request, response)


def brought_text(request: HttpRequest) -> bool:
    return request.method not in ("GET", "HEAD") or bool(request.META.get("QUERY_STRING"))


def is_page(response: HttpResponseBase) -> bool:
    """No download, no other kind of file, and no error: an error may be at any address."""
    is_html = response.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and is_html and not response.streaming
