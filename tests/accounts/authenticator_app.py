"""An authenticator app in somebody's hand."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from django.test import Client

from portal.accounts import one_time_codes
from tests.accounts.log_in import reauthenticate
from tests.cast import PASSWORD
from tests.pages import only, words


def code_of(secret: str, at: float | None = None) -> str:
    """The code that an authenticator app shows (RFC 6238)."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def set_up_app(
    client: Client, *, password: str = PASSWORD, at: float | None = None, forget: bool = True
) -> str:
    """Turns on an authenticator app; returns its secret. `at`: when the code was shown."""
    reauthenticate(client, password)
    secret = words(only(client.get("/account/two-step/totp/activate/"), ".secret"))
    response = client.post("/account/two-step/totp/activate/", {"code": code_of(secret, at)})
    assert response.status_code == 302, response.content.decode()
    if forget:
        forget_used_codes()  # the test has no other for half a minute
    return secret


def forget_used_codes() -> None:
    """Lets a test give one code twice."""
    for app in Authenticator.objects.filter(type=Authenticator.Type.TOTP):
        app.data.pop(one_time_codes.USED, None)
        app.save()
