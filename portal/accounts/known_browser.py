"""Browsers in which a user has logged in before: strangers can't lock the user out there.

The cookie names up to five accounts, each by a hash over its password's hash. A new password ends
it, and the cookie alone opens no account.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from companies.models import User

COOKIE = f"{settings.COOKIE_PREFIX}known_browser"
SALT = "portal.known_browser"
LIVES = 180 * 24 * 60 * 60  # seconds since the last log-in
MOST = 5  # accounts
MARK = 32  # characters of a hash


def known_browser(request: HttpRequest, is_it: Callable[[User], bool]) -> str | None:
    """The name of this browser, if it has logged in before to the account that `is_it` accepts.

    No statement without the cookie, one with it, whichever address was typed.
    """
    kept = _read(request)
    marks: dict[str, str] = kept.get("accounts", {})
    for user in User.objects.filter(pk__in=marks) if marks else ():
        if is_it(user) and constant_time_compare(marks[str(user.pk)], _mark(user)):
            return str(kept["browser"])
    return None


def note_log_in(request: HttpRequest | None, user: User, **_signal: Any) -> None:
    """Notes each log-in for `remember_browser`."""
    if request is not None:
        request.logged_in_now = user  # type: ignore[attr-defined]  # for `remember_browser`


def remember_browser(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Gives the cookie to the browser in which a user has just logged in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user: User | None = getattr(request, "logged_in_now", None)
        if user is not None:
            _give(request, response, user)
        return response

    return middleware


def _give(request: HttpRequest, response: HttpResponse, user: User) -> None:
    kept = _read(request)
    others = [item for item in kept.get("accounts", {}).items() if item[0] != str(user.pk)]
    accounts = dict([*others[1 - MOST :], (str(user.pk), _mark(user))])
    browser = kept.get("browser") or secrets.token_urlsafe(12)
    response.set_cookie(
        COOKIE,
        signing.dumps({"browser": browser, "accounts": accounts}, salt=SALT),
        max_age=LIVES,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    """The content of our signed cookie, or nothing."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIVES
        )
    except signing.BadSignature:
        return {}
    return kept


def _mark(user: User) -> str:
    return salted_hmac(SALT, f"{user.pk} {user.password}", algorithm="sha256").hexdigest()[:MARK]
