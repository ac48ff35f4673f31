"""How the links in mail that live long are signed: by a key of their own, LINK_KEY.

So SECRET_KEY may change without ending what lies in mailboxes for years. What was signed by
SECRET_KEY, as all links were until LINK_KEY came, is still read. It may stop to be once no mail
from before is worth opening any more: take the SECRET_KEYs out of `_read_keys` then.
`docs/operations.md` tells how long each kind of link lives.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core import signing


def sign(value: Any, *, salt: str) -> str:
    """The value as a text that fits an address: the same each time, and without an end."""
    return signing.Signer(key=settings.LINK_KEY, salt=salt).sign_object(value)


def sign_with_time(value: Any, *, salt: str) -> str:
    """The same with the moment in it, for a link that ends."""
    return signing.TimestampSigner(key=settings.LINK_KEY, salt=salt).sign_object(value)


def read(token: str, *, salt: str) -> Any:
    """What was signed. Raises BadSignature for what is forged or cut off."""
    signer = signing.Signer(key=settings.LINK_KEY, fallback_keys=_read_keys(), salt=salt)
    return signer.unsign_object(token)


def read_with_time(token: str, *, salt: str, lives: dt.timedelta) -> Any:
    """What was signed with its moment. Raises BadSignature once it is too old, too."""
    signer = signing.TimestampSigner(key=settings.LINK_KEY, fallback_keys=_read_keys(), salt=salt)
    return signer.unsign_object(token, max_age=lives)


def _read_keys() -> list[str | bytes]:
    """Those that sign no more and are still believed."""
    return [
        *settings.LINK_KEY_FALLBACKS,
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
    ]
