"""Databases of the tests: the first worker migrates one from zero, all of them work on copies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def migrated_database(*, keep: bool) -> Iterator[None]:
    """For a process that is alone."""
    creation, name = connection.creation, connection.settings_dict["NAME"]
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    yield
    creation.destroy_test_db(name, verbosity=0, keepdb=keep)


@contextmanager
def cloned_database(worker: str, run: str, *, keep: bool) -> Iterator[None]:
    """For one of several workers. Who comes first makes the template, and who goes last drops it.

    No worker is connected to the template while it is copied: the first one leaves it at once.
    """
    creation, name = connection.creation, connection.settings_dict["NAME"]
    with _users_of(run) as users:
        if users:
            _point_at(creation._get_test_db_name())  # type: ignore[attr-defined]  # not in the stubs
        else:
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
            connection.close()
        creation.clone_test_db(worker, verbosity=0, autoclobber=True)
        template = connection.settings_dict["NAME"]
        _point_at(creation.get_test_db_clone_settings(worker)["NAME"])
        users.add(worker)
    yield
    with _users_of(run) as users:
        creation.destroy_test_db(template, verbosity=0)
        users.remove(worker)
        if not users:
            creation.destroy_test_db(name, verbosity=0, keepdb=keep)


def _point_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES[connection.alias]["NAME"] = name


@contextmanager
def _users_of(run: str) -> Iterator[set[str]]:
    """The workers that have a copy, one process at a time; none before the template is there."""
    path = Path(settings.VAR_DIR, f"databases-of-{run}")
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = set(file.read().split())
        yield users
        file.seek(0)
        file.truncate()
        file.write(" ".join(sorted(users)))
        file.flush()
