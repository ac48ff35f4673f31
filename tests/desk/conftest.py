"""Somebody from sales at the desk, with exactly the permissions that a test is about."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.cast import Cast

At = Callable[..., Client]


@pytest.fixture
def at_desk(cast: Cast) -> At:
    """`at_desk("orders.view_order", "orders.issue_order")`: logged in as cast.sales."""

    def at_desk(*permissions: str) -> Client:
        chosen = [
            Permission.objects.get(content_type__app_label=app, codename=codename)
            for app, codename in (permission.split(".") for permission in permissions)
        ]
        cast.sales.user_permissions.set(chosen)
        client = Client()
        client.force_login(cast.sales)
        return client

    return at_desk
