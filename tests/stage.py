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
from tests.purchase_orders import install

# Each begins with what another one is. The fixture of the same name hands it out.
SETS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "cast": ("", lambda _: assemble()),
    "house": ("cast", House),
    "staffed": ("house", Staffed),
    "installed": ("cast", install),
}


class Stage:
    """What of SETS is there."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._made: dict[str, bytes] = {}  # pickled: who takes one gets a copy
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
                self._made[name] = pickle.dumps(self._make(name))

    def copy(self, name: str) -> Any:
        return pickle.loads(self._made[name])  # noqa: S301 - our own, faster than a deep copy

    def _make(self, name: str) -> Any:
        """Its mail goes to the outbox, where nobody waits to be told about it."""
        base, make = SETS[name]
        backend = override_settings(EMAIL_BACKEND="outbox.backend.OutboxBackend")
        with backend, time_machine.travel(NOW, tick=False):
            new = make(self.copy(base) if base else None)
        connection.check_constraints()  # or the database checks them at the end of each test
        connection.run_on_commit.clear()
        return new


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
    chains = [_chain(name) for name in SETS if name in fixtures]
    return max(chains, key=len, default=[])


def _chain(name: str) -> list[str]:
    base, _ = SETS[name]
    return [*(_chain(base) if base else []), name]


def _taken_back() -> ExitStack:
    """Begins a transaction, or a savepoint in one, that is rolled back when it is closed."""
    stack = ExitStack()
    block = transaction.atomic()
    block._from_testcase = True  # as Django's TestCase does: inside, a verb may be the outermost
    stack.enter_context(block)
    stack.callback(transaction.set_rollback, True)
    return stack
