"""The bench's own PostgreSQL: as it is shipped, with fsync on, and gone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.temporary_postgres import temporary_postgres

FOLDER = Path("/tmp")  # noqa: S108 - where `temporary_postgres` has its data
SETTINGS = {
    "listen_addresses": "",  # a Unix socket only
    "max_connections": "60",
    "fsync": "on",
    "autovacuum": "off",  # the bench vacuums when a database is ready; nothing runs beside a row
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}


@contextmanager
def running() -> Iterator[str]:
    """The address of its database `postgres`."""
    with temporary_postgres(SETTINGS) as url:
        yield url
