"""Two `manage.py migrate` at once: the second waits, and finds nothing left to do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

from portal.management.commands.migrate import WAITS, alone

pytestmark = pytest.mark.both_databases

NAME = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
FIRST = "Applying contenttypes.0001_initial..."
NOTHING = "No migrations to apply."
HOLDER = """
import django, sys
django.setup()
from django.db import connection
from portal.management.commands.migrate import alone
with alone(connection, lambda: None):
    print("has it", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def empty_database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of one, of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = connection.settings_dict
    host = str(server["HOST"] or server["OPTIONS"].get("host", ""))
    where = {"host": host, "user": server["USER"], "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {NAME}")
        yield f"postgres://{server['USER']}@/{NAME}?host={host}"
        admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@contextmanager
def started(database: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_MODE": "demo",
            "SECRET_KEY": "only-for-tests",
        },
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines_until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout
    seen = []
    for each in process.stdout:
        seen.append(each)
        if line in each:
            return
    pytest.fail(f"It ended without “{line}”: {''.join(seen)}")


MIGRATE = ("manage.py", "migrate", "--no-color")


@pytest.mark.db
def test_an_empty_database_gets_every_migration_there_is(empty_database: str) -> None:
    with started(empty_database, *MIGRATE) as process:
        said = process.communicate()[0]
        assert process.returncode == 0, said
    applied = set(re.findall(r"Applying (\w+)\.(\w+)\.\.\. OK", said))
    assert applied == {*MigrationLoader(None).disk_migrations}


@pytest.mark.siege
def test_two_at_once_both_end_well(empty_database: str) -> None:
    with started(empty_database, *MIGRATE) as one, started(empty_database, *MIGRATE) as other:
        said = [process.communicate()[0] for process in (one, other)]
        assert [one.returncode, other.returncode] == [0, 0], said
    first, second = sorted(said, key=lambda text: NOTHING in text)
    assert FIRST in first
    assert NOTHING not in first
    assert FIRST not in second
    assert NOTHING in second


@pytest.mark.siege
def test_the_second_waits_and_goes_on_when_the_first_dies(empty_database: str) -> None:
    """The lock belongs to the first one's session, or to its process."""
    with started(empty_database, "-c", HOLDER) as first:
        lines_until(first, "has it")
        with started(empty_database, *MIGRATE) as second:
            lines_until(second, WAITS)
            assert second.poll() is None
            first.send_signal(signal.SIGKILL)
            lines_until(second, FIRST)
            second.communicate()
            assert second.returncode == 0


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_gone_afterwards_and_nothing_else_is(tmp_path: Path) -> None:
    applied = MigrationRecorder(connection).applied_migrations()
    for _again in range(2):
        with alone(connection, lambda: pytest.fail("nobody else has it")):
            pass
    assert MigrationRecorder(connection).applied_migrations() == applied
