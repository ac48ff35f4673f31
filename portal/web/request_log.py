"""Logs a line for each request, and gives the request an id that ties its lines together.

The answer carries the id as X-Request-ID. Query strings are never logged, and only the parts of an
address that are no secret: a link to set a password contains its own key.
"""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from structlog.contextvars import bind_contextvars, clear_contextvars

Respond = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")  # from the proxy; any other text is replaced

# Parts of an address that may be logged. The log shows the names of all others.
LOGGABLE = {"reference", "object_id", "pk", "uidb36", "app_label"}
LONG_PART = re.compile(r"[^/]{24,}")
MAX_PATH = 200


def log_request(get_response: Respond) -> Respond:
    """The outermost middleware: it sees redirects and refused requests, too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = _request_id(request)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        response = get_response(request)
        _log(request, response, time.perf_counter() - started)
        response["X-Request-ID"] = request_id
        return response

    return middleware


@receiver(request_finished)
def forget_request(**_: object) -> None:
    """Clears the log's context after the answer: Django logs a bad answer late."""
    clear_contextvars()


def name_user(get_response: Respond) -> Respond:
    """Puts the user's number, never the address, on the lines that follow."""

    def middleware(request: HttpRequest) -> HttpResponse:
        bind_contextvars(user_id=request.user.pk)
        response = get_response(request)
        bind_contextvars(user_id=request.user.pk)  # for a user who logged in just now
        return response

    return middleware


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    logger.log(
        _level(request, response),
        "request",
        extra={
            "method": request.method,
            "path": loggable_path(request),
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
        },
    )


def _level(request: HttpRequest, response: HttpResponse) -> int:
    if response.status_code >= 500:
        return logging.ERROR
    asked_all_the_time = request.path.startswith(("/health/", settings.STATIC_URL))
    return logging.DEBUG if asked_all_the_time else logging.INFO


def loggable_path(request: HttpRequest) -> str:
    """The path with its secret parts replaced by their names: /reset/key/3-[key]/."""
    path = request.path
    match = request.resolver_match or _resolved(path) or _resolved(f"{path}/")
    if match is None:
        return LONG_PART.sub("[long]", path)[:MAX_PATH]
    for name, value in match.kwargs.items():
        if name not in LOGGABLE:
            path = path.replace(str(value), f"[{name}]")
    return path[:MAX_PATH]


def _resolved(path: str) -> ResolverMatch | None:
    """The view of the path, even if the request was redirected or refused earlier."""
    try:
        return resolve(path)
    except Resolver404:
        return None
