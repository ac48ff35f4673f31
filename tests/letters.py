"""Letters of confirmations, for tests that look at what is kept of one.

A test that reads a mail needs nothing of it: its bytes are drawn when they are asked for.
"""

from __future__ import annotations

from django.utils import timezone

from notifications.confirmation.writing import write_some


def write_letters() -> int:
    """Writes all that are missing, as `manage.py write_letters` does."""
    return sum(iter(lambda: write_some(timezone.now()), 0))
