"""Signs the long-lived links in mail with a key of their own, LINK_KEY.

So SECRET_KEY may change without ending links that stay in mailboxes for years. Before LINK_KEY
came, SECRET_KEY signed all links; these are still read. Once no mail of that time matters, remove
the SECRET_KEYs from `_read_keys`. `docs/operations.md` tells how long each kind of link lives.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core import signing


def sign(value: Any, *, salt: str) -> str:
    """The signed value as a text for an address. The same value gives the same text for ever."""
    return signing.Signer(key=settings.LINK_KEY, salt=salt).sign_object(value)


def sign_with_time(value: Any, *, salt: str) -> str:
    """The signed value with the time of signing, for a link that expires."""
    return signing.TimestampSigner(key=settings.LINK_KEY, salt=salt).sign_object(value)


def read(token: str, *, salt: str) -> Any:
    """The value that was signed. Raises BadSignature when the token is forged or cut off."""
    signer = signing.Signer(key=settings.LINK_KEY, fallback_keys=_read_keys(), salt=salt)
    return signer.unsign_object(token)


def read_with_time(token: str, *, salt: str, lives: dt.timedelta) -> Any:
    """The value that was signed. Raises BadSignature also when the token is older than `lives`."""
    signer = signing.TimestampSigner(key=settings.LINK_KEY, fallback_keys=_read_keys(), salt=salt)
    return signer.unsign_object(token, max_age=lives)


def _read_keys() -> list[str | bytes]:
    """The keys that no longer sign but are still accepted."""
    return [
        *settings.LINK_KEY_FALLBACKS,
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
    ]
