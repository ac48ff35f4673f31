"""Links in mail: always to the address that customers open, whatever host a request was for."""

from django.conf import settings


def mailed_link(path: str) -> str:
    """`path` begins with a slash."""
    return f"{settings.PORTAL_URL}{path}"
