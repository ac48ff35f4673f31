from typing import Any

from django.core.management.base import BaseCommand

from outbox.actions import database_time
from outbox.archive import archive


class Command(BaseCommand):
    help = (
        "Archive private mail that was sent, or has expired, more than MAIL_KEPT_DAYS ago. "
        "Confirmations and notices are kept as they are. Run it once a day; twice or late does no "
        "harm."
    )
    requires_system_checks = ("outbox",)

    def handle(self, *args: Any, **options: Any) -> None:
        archived = archive(at=database_time())
        if archived:
            self.stdout.write(f"Mails archived: {archived}.")
