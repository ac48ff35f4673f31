"""The mails that somebody gets."""

import re

from django.core import mail


def mails_to(email: str) -> list[str]:
    """The bodies of the mails to somebody, oldest first."""
    return [str(message.body) for message in mail.outbox if message.to == [email]]


def link_in(body: str) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found, body
    return found[1]
