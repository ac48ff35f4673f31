import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _mail_is_queued(settings: Settings) -> None:
    """As on the site: Django's test runner would keep the mail in a list instead."""
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
