"""The codes of authenticator apps (RFC 6238): that of this half minute or the one before, once.

Who types a code at its last second sends it a moment too late; so the step before is taken as
well. The step after is not: it would help nobody but a clock that is wrong. A code is used up
for good, and so are those before it, by a mark on the app's own row, under its lock: of two
log-ins with one code, at once or one after the other, one gets in.
"""

from __future__ import annotations

import time

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import transaction

USED = "used_step"  # in the app's data: the newest step of which a code was taken


def step_of(secret: str, code: str) -> int | None:
    """The step that the code is of, if that is this one or the one before."""
    for step in (step_now(), step_now() - 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def step_now() -> int:
    return int(time.time()) // int(app_settings.TOTP_PERIOD)


@transaction.atomic
def take(app: Authenticator, code: str) -> bool:
    """Whether the code is good. Then it is used up, and so are all that were shown before it."""
    locked = Authenticator.objects.select_for_update().filter(pk=app.pk).first()
    if locked is None:  # turned off a moment ago
        return False
    step = step_of(decrypt(locked.data["secret"]), code)
    if step is None or step <= locked.data.get(USED, 0):
        return False
    use_up(locked, step)
    return True


def use_up(app: Authenticator, step: int) -> None:
    app.data[USED] = step
    app.save(update_fields=["data"])
