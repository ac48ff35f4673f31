from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.audit.documents import counted, damage


class Command(BaseCommand):
    help = "Checks that the documents of the orders are all there and whole. Reads only."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, exit status 1, when anything is wrong."""
        found = 0
        for sentence in damage():
            found += 1
            self.stdout.write(sentence)
        if found:
            raise CommandError(
                f"{found} of {counted()} documents are missing or damaged, listed above. Take "
                "their files, which are never changed, from any newer backup of the folder."
            )
        if options["verbosity"]:
            self.stdout.write(f"All documents are there: {counted()}.")
