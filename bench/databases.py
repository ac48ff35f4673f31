"""The databases of a run, one for each size, and the one that Django works on now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg.conninfo import make_conninfo

PLACE = ("dbname", "user", "password", "host", "port")
_OPEN: dict[str, BaseDatabaseWrapper] = {}


def create(name: str, *, like: str = "") -> str:
    """Makes a database, empty or with all that another one has."""
    close(like)
    with on("postgres") as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))
    return name


def drop(name: str) -> None:
    close(name)
    with on("postgres") as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def use(name: str) -> None:
    """Lets all of Django work on that database; each keeps its connection."""
    if name not in _OPEN:
        settings = deepcopy(connections.settings["default"])
        made = connections.create_connection("default")
        made.settings_dict = settings | {"NAME": name}
        _OPEN[name] = made
    connections["default"] = _OPEN[name]


def used() -> str:
    return str(connections["default"].settings_dict["NAME"])


def close(name: str) -> None:
    if kept := _OPEN.pop(name, None):
        kept.close()


@contextmanager
def on(name: str) -> Iterator[CursorWrapper]:
    """A cursor in a database, without changing which one is used."""
    before = used()
    use(name)
    try:
        with connections["default"].cursor() as cursor:
            yield cursor
    finally:
        use(before)


def conninfo() -> str:
    """How another connection, or another program, gets to the one that is used."""
    known = connections["default"].get_connection_params()
    return make_conninfo(**{name: known[name] for name in PLACE if name in known})
