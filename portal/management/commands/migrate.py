"""Django's migrate, one at a time: a second one waits, and finds nothing left to do.

Two new versions that start at once would both make the same table. On PostgreSQL the first holds
a lock of its session, which ends with it, however it ends; on SQLite a lock on a file beside the
database, which the system takes from a process that is gone.
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

KEY = 5_310_224_786_113_950_217  # of this lock; any number that nothing else in the database uses
AGAIN = 0.5  # seconds between two tries
WAITS = "Another migrate is running. Waiting for its end."


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]], lambda: self.stdout.write(WAITS)):
            super().handle(*args, **options)


@contextmanager
def alone(connection: BaseDatabaseWrapper, wait: Callable[[], object]) -> Iterator[None]:
    """`wait` is called once if somebody else is at it."""
    locked = _by_postgresql if connection.vendor == "postgresql" else _by_file
    with locked(connection) as try_lock:
        if not try_lock():
            wait()
            while not try_lock():
                time.sleep(AGAIN)
        yield


@contextmanager
def _by_postgresql(connection: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """Asked again and again: a statement that waits would be waited for by others, like
    the making of an index beside running transactions.
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
        yield lambda: True  # nobody else has it
        return
    with Path(f"{name}.migrate-lock").open("w", encoding="utf-8") as file:

        def try_lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield try_lock
