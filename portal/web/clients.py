"""The client's address, as far as it can be trusted (`TRUSTED_PROXIES`)."""

from __future__ import annotations

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest


def client_of(request: HttpRequest) -> str:
    """The IPv4 address or the IPv6 network: one customer's line has that many IPv6 addresses."""
    client: str = get_ip(request)
    return client
