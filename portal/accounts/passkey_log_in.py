"""Log-in by passkey with allauth. It stores no session for a request that only gets a challenge.

The challenge goes to the browser, signed and for ten minutes, and is answered once.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from limits import declared
from limits.declared import Try
from portal.web.clients import client_of

COOKIE = f"{settings.COOKIE_PREFIX}passkey_challenge"
SALT = "portal.passkey_log_in"
LIVES = declared.CHALLENGE.windows[0].seconds


class LogIn(LoginWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        state = request.session.pop(STATE_SESSION_KEY, None)
        if state is not None:
            response.set_signed_cookie(
                COOKIE,
                json.dumps(state),
                salt=SALT,
                max_age=LIVES,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        challenge = _challenge(request)
        if challenge:
            request.session[STATE_SESSION_KEY] = json.loads(challenge)
        response: HttpResponse = super().post(request, *args, **kwargs)
        request.session.pop(STATE_SESSION_KEY, None)
        response.delete_cookie(COOKIE)
        return response


def tries(request: HttpRequest) -> list[Try]:
    counted = [declared.PASSKEY.of(client_of(request))]
    challenge = _challenge(request)
    if request.method == "POST" and challenge:
        counted.append(declared.CHALLENGE.of(challenge))
    return counted


def _challenge(request: HttpRequest) -> str:
    signed: str | None = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=LIVES)
    return signed or ""
