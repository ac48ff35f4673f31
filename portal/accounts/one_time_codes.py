"""Codes of authenticator apps (RFC 6238). Each code of this half minute or the last works once.

A code that is typed at its last second arrives a moment later, so the step before counts as well.
The step after does not: it would only help wrong clocks. A used code and all earlier ones are
marked as used on the app's own row, under its lock. Of two log-ins with one code, at the same time
or one after the other, only one succeeds.
"""

from __future__ import annotations

import time

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import transaction

USED = "used_step"  # in the app's data: the newest step with an accepted code


def step_of(secret: str, code: str) -> int | None:
    """The step of the code, if it is this one or the one before."""
    for step in (step_now(), step_now() - 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def step_now() -> int:
    return int(time.time()) // int(app_settings.TOTP_PERIOD)


@transaction.atomic
def take(app: Authenticator, code: str) -> bool:
    """Whether the code is good. Then it is used up, and so are all earlier codes."""
    locked = Authenticator.objects.select_for_update().filter(pk=app.pk).first()
    if locked is None:  # the app was removed a moment ago
        return False
    step = step_of(decrypt(locked.data["secret"]), code)
    if step is None or step <= locked.data.get(USED, 0):
        return False
    use_up(locked, step)
    return True


def use_up(app: Authenticator, step: int) -> None:
    app.data[USED] = step
    app.save(update_fields=["data"])
