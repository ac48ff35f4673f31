from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications.notices.runs import send_notices


class Command(BaseCommand):
    help = (
        "Tells contacts of installations which terms end, and which serial numbers are to be "
        "entered. Run it every hour; twice or late does no harm. Exit status 1 when it failed "
        "for an installation."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        run = send_notices()
        done = f"{run.installations} installations looked at, {run.mails} mails queued"
        if run.failures:
            raise CommandError(f"{done}; {run.failures} failed, see the log. Run it again.")
        self.stdout.write(f"{done}.")
