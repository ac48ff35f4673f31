"""How long a session lasts: for customers a week, unless they are away for half a day; for staff
a working day, unless they are away for an hour. See docs/decisions/0028.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

STARTED, SEEN = "started_at", "seen_at"  # in the session, in seconds since 1970
SEEN_EVERY = 5 * 60  # seconds: how exactly idleness is measured, so that few requests write


def mark_start(request: HttpRequest | None, **_signal: Any) -> None:
    """On each log-in."""
    if request is not None:
        request.session[STARTED] = request.session[SEEN] = int(time.time())


def session_limits(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Logs out who has been logged in for too long, or was away."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_over(request):
            logout(request)
            messages.info(request, _("You were logged out to protect your account. Log in again."))
        return get_response(request)

    return middleware


def is_over(request: HttpRequest) -> bool:
    """Whether the session has reached a limit. Notes, every few minutes, that they were here."""
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
