"""Django's migrate, one at a time: a second one waits and then finds nothing to do.

Two new versions that start at the same time would both make the same table. On PostgreSQL the first
one holds a lock of its session, which ends with the session in any case. On SQLite it locks a file
beside the database; the system frees the lock when the process is gone.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEY = 5_310_224_786_113_950_217  # of this lock; a number that nothing else in the database uses
AGAIN = 0.5  # seconds between two tries
WAITS = "Another migrate is running. Waiting for its end."


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]], lambda: self.stdout.write(WAITS)):
            super().handle(*args, **options)


@contextmanager
def alone(connection: BaseDatabaseWrapper, wait: Callable[[], object]) -> Iterator[None]:
    """Holds the lock. Calls `wait` once if another process holds it."""
    locked = _by_postgresql if connection.vendor == "postgresql" else _by_file
    with locked(connection) as try_lock:
        if not try_lock():
            wait()
            while not try_lock():
                time.sleep(AGAIN)
        yield


@contextmanager
def _by_postgresql(connection: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """Tries again and again: other transactions would wait for a query that waits.

    The making of an index, for one, waits for running transactions.
    """

    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEY])
            return bool(cursor.fetchone()[0])

    try:
        yield lambda: ask("pg_try_advisory_lock")
    finally:
        if connection.connection is not None and not connection.connection.closed:
            ask("pg_advisory_unlock")


@contextmanager
def _by_file(connection: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    name = str(connection.settings_dict["NAME"])
    if ":memory:" in name or "mode=memory" in name:
        yield lambda: True  # no other process can use it
        return
    with Path(f"{name}.migrate-lock").open("w", encoding="utf-8") as file:

        def try_lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield try_lock
