"""Log in by the real door."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.cast import PASSWORD

LogIn = Callable[..., Client]


def try_password(client: Client, email: str, password: str, **more: Any) -> Any:
    return client.post("/account/login/", {"login": email, "password": password, **more})


def reauthenticate(client: Client, password: str = PASSWORD) -> None:
    response = client.post("/account/reauthenticate/", {"password": password})
    assert response.status_code == 302
