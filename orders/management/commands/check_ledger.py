from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from orders.audit.ledger import counted, violations


class Command(BaseCommand):
    help = "Checks that the ledger is whole. Reads only; may run beside the live site."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, exit status 1, when anything is wrong."""
        found = 0
        with snapshot():
            for sentence in violations():
                found += 1
                self.stdout.write(sentence)
            seen = ", ".join(f"{number} {name}" for name, number in counted().items())
        if found:
            raise CommandError(
                f"The ledger is damaged in {found} places, listed above. Looked at {seen}. Keep "
                "this database as it is, and compare it with the newest backup that passes."
            )
        if options["verbosity"]:
            self.stdout.write(f"The ledger is whole: {seen}.")


@contextmanager
def snapshot() -> Iterator[None]:
    """One consistent snapshot: without it, changes during the check would look like damage.

    On SQLite it takes the turn of the one writer: others wait.
    """
    with transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
