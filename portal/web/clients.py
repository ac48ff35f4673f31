"""Where a request comes from, as far as it can be believed (`TRUSTED_PROXIES`)."""

from __future__ import annotations

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest


def client_of(request: HttpRequest) -> str:
    """The address, of IPv6 the network: one customer's line has that many addresses."""
    client: str = get_ip(request)
    return client
