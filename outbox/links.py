"""Links in mail. They lead to the address that customers open, not to the host of a request."""

from django.conf import settings


def mailed_link(path: str) -> str:
    """`path` begins with a slash."""
    return f"{settings.PORTAL_URL}{path}"
