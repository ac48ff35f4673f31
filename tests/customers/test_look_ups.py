"""Serial numbers can't be found by trying: after many look-ups there is a pause."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from orders import actions
from orders.models import Order
from tests.cast import Cast, current
from tests.customers.test_order_form import values

LIMIT = 3


@pytest.fixture(autouse=True)
def _limit(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "serial": f"{LIMIT}/m/user"}
    cache.clear()


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_searches_pause_and_everything_else_goes_on(cast: Cast) -> None:
    client, colleague = logged_in(cast.buyer), logged_in(cast.viewer)
    search = "/installations/?q=ISS-0000-0000-0000-0000"
    for _ in range(LIMIT):
        assert client.get(search).status_code == 200
    refused = client.get(search)
    assert refused.status_code == 429
    assert "Too many tries" in refused.content.decode()
    for path in ("/installations/", "/orders/", "/orders/new/", "/home/"):
        assert client.get(path).status_code == 200, path
    assert colleague.get(search).status_code == 200


def test_a_form_that_quotes_a_serial_counts_with_them(cast: Cast) -> None:
    client, held = logged_in(cast.buyer), cast.order_existing(current(cast.site(), "ISS"))
    actions.hold(held, by=cast.sales, reason="Which site is it?")
    quoting = values(company=str(cast.harbor.pk), kind="existing", serial_ISS="ISS-0000")
    supply = f"/orders/{held.reference}/serial/"
    before = Order.objects.count()
    assert client.get("/installations/?q=ISS-0000").status_code == 200
    assert client.post("/orders/new/", quoting).status_code == 200
    assert client.post(supply, {"serial_ISS": "ISS-0000"}).status_code == 200
    assert client.post("/orders/new/", quoting).status_code == 429
    assert client.post(supply, {"serial_ISS": "ISS-0000"}).status_code == 429
    assert Order.objects.count() == before
