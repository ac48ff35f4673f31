import imaplib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from outbox.actions import database_time
from outbox.mailboxes import mailbox_from_url
from outbox.returning import read_bounces


class Command(BaseCommand):
    help = (
        "Read the mailbox that bounces come to (BOUNCE_URL), and mark the mails that came back. "
        "Run it every ten minutes; twice or late does no harm. Exit status 1 when the mailbox "
        "can't be read."
    )
    requires_system_checks = ("outbox",)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_URL:
            self.stdout.write("BOUNCE_URL is not set, so there is no mailbox to read.")
            return
        mailbox = mailbox_from_url(settings.BOUNCE_URL)
        try:
            run = read_bounces(mailbox, at=database_time())
        except (OSError, imaplib.IMAP4.error) as error:
            raise CommandError(f"The mailbox of bounces can't be read: {error}") from error
        self.stdout.write(f"Mails read: {run.mails}. Mails of ours that came back: {run.returned}.")
