"""Limits the length of sessions and clears the browser afterwards.

A session lasts a week for customers, unless they are away for half a day; for staff a working day,
unless they are away for an hour. See docs/decisions/0028.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

STARTED, SEEN = "started_at", "seen_at"  # in the session, in seconds since 1970
SEEN_EVERY = 5 * 60  # seconds: how exactly idleness is measured, so that few requests write


# Clears the pages that the browser would show by its back button, and the storage of scripts. It
# does not clear "cookies": those of the language, of a known browser and of the vendor's other
# sites stay.
CLEAR = '"cache", "storage"'
_ENDED = "session_ended"


def mark_start(request: HttpRequest | None, **_signal: Any) -> None:
    """Notes the start of the session at each log-in."""
    if request is not None:
        request.session[STARTED] = request.session[SEEN] = int(time.time())


def mark_end(request: HttpRequest | None, **_signal: Any) -> None:
    """Marks the end of the session at each log-out, for any cause."""
    if request is not None:
        setattr(request, _ENDED, True)


def clear_site_data(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Clears the browser when a session has ended.

    Runs outside of Django's middleware, which removes the cookie of a session that ended elsewhere,
    by a new password or because the account was closed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        had_one = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if had_one and (hasattr(request, _ENDED) or (cookie and cookie["max-age"] == 0)):
            response["Clear-Site-Data"] = CLEAR
        return response

    return middleware


def session_limits(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Logs out users whose session is too old, who were away, or who were shut out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated and SESSION_KEY in request.session:
            request.session.flush()
        if request.user.is_authenticated and is_over(request):
            logout(request)
            messages.info(request, _("You were logged out to protect your account. Log in again."))
        return get_response(request)

    return middleware


def is_over(request: HttpRequest) -> bool:
    """Whether the session has reached a limit. Notes, every few minutes, that the user is here."""
    now, session = int(time.time()), request.session
    age, idle = (now - int(session.get(mark, 0)) for mark in (STARTED, SEEN))
    longest, away = settings.SESSION_COOKIE_AGE, settings.CUSTOMER_IDLE_SECONDS
    if getattr(request.user, "is_staff", False):
        longest, away = settings.STAFF_SESSION_SECONDS, settings.STAFF_IDLE_SECONDS
    if age >= longest or idle >= away:
        return True
    if idle >= SEEN_EVERY:
        session[SEEN] = now
    return False
