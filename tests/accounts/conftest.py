"""People who log in by the real door."""

from typing import Any

import pytest
from django.test import Client

from companies.models import User
from tests.accounts.log_in import LogIn, try_password
from tests.cast import PASSWORD


@pytest.fixture
def log_in() -> LogIn:
    """Logs in with a password, by the form."""

    def log_in(user: User, **options: Any) -> Client:
        client = Client(**options)
        response = try_password(client, user.email, PASSWORD)
        assert response.status_code == 302
        return client

    return log_in
