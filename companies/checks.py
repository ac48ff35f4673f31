from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

SHORTEST, FEWEST = 50, 5  # characters of a key, and different ones among them: as Django asks


def check_link_key(**kwargs: Any) -> list[CheckMessage]:
    """companies.E001: LINK_KEY can be guessed; companies.E002: it is a SECRET_KEY as well."""
    key = settings.LINK_KEY
    found: list[CheckMessage] = []
    if len(key) < SHORTEST or len(set(key)) < FEWEST:
        hint = f"Set it to at least {SHORTEST} random characters."
        found.append(Error("LINK_KEY is too short.", hint=hint, id="companies.E001"))
    if key in {settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS}:
        hint = "Set it to a key of its own, so that either can change without the other."
        found.append(Error("LINK_KEY is the SECRET_KEY.", hint=hint, id="companies.E002"))
    return found
