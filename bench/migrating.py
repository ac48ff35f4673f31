"""How long the migrations that are due take, and what they lock: `python -m bench.migrating`.

`DATABASE_URL` names a copy of a database of an earlier version, on PostgreSQL. They are run on it.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

EACH = 0.02  # seconds between looks at the locks
# Those that keep others from writing, or from reading too.
HELD = """
SELECT c.relname || ' ' || l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def main() -> None:
    executor = MigrationExecutor(connection)
    for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        began = time.monotonic()
        with _watched() as longest:
            call_command("migrate", migration.app_label, migration.name, verbosity=0)
        took = time.monotonic() - began
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in sorted(longest.items()))
        print(f"{took:7.2f} s  {migration}: {told or 'no lock seen'}", flush=True)


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """The longest time that each lock was held without a break, until the block ends."""
    longest: dict[str, float] = defaultdict(float)
    ended = Event()
    watch = Thread(target=_watch, args=(longest, ended))
    watch.start()
    try:
        yield longest
    finally:
        ended.set()
        watch.join()


def _watch(longest: dict[str, float], ended: Event) -> None:
    since: dict[str, float] = {}
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        while not ended.wait(EACH):
            held = {name for (name,) in other.execute(HELD)}
            now = time.monotonic()
            since = {name: since.get(name, now) for name in held}
            for name, at in since.items():
                longest[name] = max(longest[name], now - at)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    main()
