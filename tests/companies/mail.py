"""The text of an invitation's mail, read from the bytes that the outbox stored."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from outbox.actions import content_of
from outbox.models import Message


def newest_mail() -> EmailMessage:
    raw = content_of(Message.objects.latest("pk"))
    return message_from_bytes(raw, policy=policy.default)


def text_of(mail: EmailMessage, subtype: str = "plain") -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


def newest_token() -> str:
    """The token of the link in the newest mail: nothing else has it."""
    found = re.findall(r"/invitations/([\w-]+)/", text_of(newest_mail()))
    (token,) = set(found)
    return str(token)
