"""The database can't be reached."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def database_away() -> Iterator[None]:
    """The connection is closed, and where the server was there is nothing."""
    settings = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict["NAME"] = "/nowhere/portal"
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(settings)
