"""Lets the portal's own workers finish what an order began: its letters and its mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands

from notifications.models import Confirmation

WRITERS = ("write_letters", "write_confirmations")  # commands, if letters are left to a worker


def write() -> None:
    """Writes the letters that wait. Raises if some still wait then."""
    waiting = Confirmation.objects.order_by().filter(copies=None)
    if not waiting.exists():
        return
    for name in set(WRITERS) & get_commands().keys():
        call_command(name, once=True)
    if waiting.exists():
        raise RuntimeError("Some letters were not written: name their worker in bench/letters.py.")


def send(url: str = "") -> None:
    """Sends all mail that is due, into a folder or to the mail server of that address."""
    with _mail_to(url or Path(settings.VAR_DIR, "mail").resolve().as_uri()):
        call_command("deliver_mail", once=True)


@contextmanager
def _mail_to(url: str) -> Iterator[None]:
    before, settings.MAIL_URL = settings.MAIL_URL, url
    try:
        yield
    finally:
        settings.MAIL_URL = before
