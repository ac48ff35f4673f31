"""What many tests begin with: made once, kept in an open transaction, and found anew by each test.

pytest-django wraps each test into a savepoint of its own, so whatever a test does to these rows
is taken back, and the objects that it gets are copies.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.cast import NOW, assemble
from tests.desk.staffed import Staffed
from tests.house import House

# Each with those before it. The fixture of the same name hands it out.
SETS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "cast": lambda made: assemble(),
    "house": lambda made: House(made["cast"]),
    "staffed": lambda made: Staffed(made["house"]),
}


class Stage:
    """What of SETS is there."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._made: dict[str, Any] = {}
        self._pickled: dict[str, bytes] = {}
        self._undo: list[ExitStack] = []

    def prepare(self, needed: list[str]) -> None:
        """Makes what is missing of these, after it took back what is too much."""
        with self._blocker.unblock():
            assert not connection.closed_in_transaction, "An earlier test closed the connection"
            while list(self._made) != needed[: len(self._made)]:
                self._made.popitem()
                self._undo.pop().close()
            for name in needed[len(self._made) :]:
                self._undo.append(_taken_back())
                self._made[name] = _make(name, self._made)
                self._pickled[name] = pickle.dumps(self._made[name])

    def copy(self, name: str) -> Any:
        return pickle.loads(self._pickled[name])  # noqa: S301 - our own, faster than a deep copy


def is_emptied(item: pytest.Item) -> bool:
    """Whether the test commits what it does, so that the database is emptied after it."""
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))


def needs(item: pytest.Item, fixtures: list[str]) -> list[str] | None:
    """What a test begins with; None if it has no database."""
    if item.get_closest_marker("django_db") is None and "db" not in fixtures:
        return None
    if is_emptied(item):
        return []
    sets = list(SETS)
    return sets[: max((sets.index(name) + 1 for name in sets if name in fixtures), default=0)]


def _taken_back() -> ExitStack:
    """Begins a transaction, or a savepoint in one, that is rolled back when it is closed."""
    stack = ExitStack()
    block = transaction.atomic()
    block._from_testcase = True  # as Django's TestCase does: inside, a verb may be the outermost
    stack.enter_context(block)
    stack.callback(transaction.set_rollback, True)
    return stack


def _make(name: str, made: dict[str, Any]) -> Any:
    """Its mail goes to the outbox, where nobody waits to be told about it."""
    backend = override_settings(EMAIL_BACKEND="outbox.backend.OutboxBackend")
    with backend, time_machine.travel(NOW, tick=False):
        new = SETS[name](made)
    connection.check_constraints()  # or the database checks them at the end of each test
    connection.run_on_commit.clear()
    return new
