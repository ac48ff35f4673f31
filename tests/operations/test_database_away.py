"""The database can't be reached: every page says so with 503, and nothing is told as done."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.test import Client

from portal.web import database_away
from tests.operations.no_database import database_away as away
from tests.world import path_of, routes

pytestmark = pytest.mark.both_databases

PAGE = "We can’t reach our data right now"


def is_told(response: Any) -> bool:
    return (
        response.status_code == 503
        and PAGE in response.content.decode()
        and response["Retry-After"] == "30"
        and "no-store" in response["Cache-Control"]
        and "Content-Security-Policy" in response
    )


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    yield output
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db(transaction=True)
def test_every_page_says_so_to_whoever_has_a_session(log: io.StringIO) -> None:
    paths = sorted({path_of(route) for route, _name in routes()} - {"/health/"})
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    with away():
        answers = {
            f"{method} {path}": client.generic(method, path)
            for path in paths
            for method in ("GET", "POST")
        }
    assert [what for what, answer in answers.items() if not is_told(answer)] == []
    told = log.getvalue()
    assert told.count("portal.web.database_away database away") == len(answers)
    assert "Traceback" not in told
    assert "nowhere" not in told


@pytest.mark.django_db(transaction=True)
def test_no_page_is_an_error_to_strangers() -> None:
    """Pages that need no database are there."""
    paths = [path_of(route) for route, _name in routes()]
    client = Client(raise_request_exception=False)
    with away():
        codes = {path: client.get(path).status_code for path in paths}
    assert codes["/health/"] == 503
    assert codes["/account/login/"] == 200
    assert {path: code for path, code in codes.items() if code == 500} == {}


def error(kind: type[Exception], **cause: str) -> Exception:
    """As Django raises it, from what the database's own library raised."""
    found, raised = kind("text"), Exception()
    vars(raised).update(cause)
    found.__cause__ = raised
    return found


@pytest.mark.parametrize(
    ("found", "is_away"),
    [
        (error(OperationalError), True),  # no server answers
        (error(OperationalError, sqlstate="08006"), True),
        (error(OperationalError, sqlstate="57P01"), True),  # it is being stopped
        (error(OperationalError, sqlstate="57P03"), True),  # it is starting
        (error(OperationalError, sqlstate="53300"), True),  # no connection is left
        (error(InterfaceError), True),  # the connection is closed
        (error(OperationalError, sqlite_errorname="SQLITE_CANTOPEN"), True),
        (error(OperationalError, sqlite_errorname="SQLITE_BUSY"), True),
        (error(OperationalError, sqlite_errorname="SQLITE_ERROR"), False),  # no such table
        (error(OperationalError, sqlstate="40P01"), False),  # a deadlock
        (error(OperationalError, sqlstate="57014"), False),  # a statement that took too long
        (error(ProgrammingError, sqlstate="42P01"), False),
        (RuntimeError(), False),
    ],
    ids=str,
)
def test_what_counts_as_away(found: Exception, is_away: bool) -> None:
    assert database_away.is_away(found) is is_away


@pytest.mark.siege
def test_a_server_that_stops_in_the_middle_of_an_order(tmp_path: Path) -> None:
    """A real PostgreSQL: the order is not told as placed, and from then on all is 503."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.operations.away"],
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_VAR": str(tmp_path),
            "PYTHONPATH": str(settings.BASE_DIR),
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "placed 302",
        "stopped in the middle of an order 503",
        "/orders/ 503",
        "/orders/new/ 503",
        "/home/ 503",
        "/no-such-page/ 503",
        "/health/ 503",
    ]
    assert "Traceback" not in done.stderr
    assert done.stderr.count("database away") >= 5  # a page may stumble twice
