"""Fixtures that the tests of the customers' pages share."""

import pytest
from django.test import Client

from companies.models import User
from tests.customers.reading import LogIn


@pytest.fixture
def log_in() -> LogIn:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in
