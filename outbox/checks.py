from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from outbox.mailboxes import mailbox_from_url
from outbox.transports import transport_from_url


def check_mail_url(**kwargs: Any) -> list[CheckMessage]:
    """outbox.E001: MAIL_URL names neither a mail server nor a folder. Never shows the URL."""
    try:
        transport_from_url(settings.MAIL_URL)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="outbox.E001")]
    return []


def check_bounce_url(**kwargs: Any) -> list[CheckMessage]:
    """outbox.E002: BOUNCE_URL names neither a mailbox nor a folder. Never shows the URL."""
    try:
        if settings.BOUNCE_URL:
            mailbox_from_url(settings.BOUNCE_URL)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="outbox.E002")]
    return []
