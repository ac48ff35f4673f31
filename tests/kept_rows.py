"""Rows that many tests begin with: made once, kept in a transaction, and found anew by each test.

A fixture for it is written with `@kept`. pytest-django wraps each test into a savepoint of its
own, so whatever a test does to these rows is taken back, and the objects that it gets are copies.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from limits.models import Counter
from tests.cast import NOW

Make = Callable[..., Any]


def kept(make: Make) -> Any:
    """A fixture of rows that are made once for the tests that follow each other and begin with it.

    It may ask for other kept ones only. Where a test commits, they are made for that test.
    """
    asks = list(inspect.signature(make).parameters)

    def fixture(request: pytest.FixtureRequest, kept_rows: KeptRows, **asked: Any) -> Any:
        if is_emptied(request.node):
            return make(**{name: asked[name] for name in asks})
        return kept_rows.copies()[make.__name__]

    names = ["request", "kept_rows", "db", *asks]
    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    vars(fixture).update(__signature__=inspect.Signature(parameters), make=make)
    return pytest.fixture(name=make.__name__)(fixture)


@dataclass(frozen=True, slots=True)
class Made:
    """Rows that are in the database, on top of those made before."""

    make: Make
    pickled: bytes  # of these and those before, by name: what one test gets belongs together
    undo: ExitStack


class KeptRows:
    """The kept rows that are there."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._made: list[Made] = []
        self._copies: dict[str, Any] | None = None

    def prepare(self, needed: Sequence[Make]) -> None:
        """Makes what is missing of these, after it took back what is too much."""
        self._copies = None
        with self._blocker.unblock():
            assert not connection.closed_in_transaction, "An earlier test closed the connection"
            while [each.make for each in self._made] != list(needed[: len(self._made)]):
                self._made.pop().undo.close()
            for make in needed[len(self._made) :]:
                self._made.append(self._add(make))

    def copies(self) -> dict[str, Any]:
        """For one test: the same objects until the next one is prepared."""
        if self._copies is None:
            self._copies = self._newest()
        return self._copies

    def _newest(self) -> dict[str, Any]:
        if not self._made:
            return {}
        copies: dict[str, Any] = pickle.loads(self._made[-1].pickled)  # noqa: S301 - our own
        return copies

    def _add(self, make: Make) -> Made:
        """Its mail goes to the outbox, where no worker waits to be told about it."""
        copies = self._newest()
        backend = override_settings(EMAIL_BACKEND="outbox.backend.OutboxBackend")
        with _taken_back() as undo:
            with backend, time_machine.travel(NOW, tick=False):
                asked = {name: copies[name] for name in inspect.signature(make).parameters}
                copies[make.__name__] = make(**asked)
            Counter.objects.all().delete()  # no test begins with tries
            connection.check_constraints()  # or the database checks them at the end of each test
            connection.run_on_commit.clear()
            return Made(make, pickle.dumps(copies), undo.pop_all())


def needs(item: pytest.Function) -> list[Make] | None:
    """The rows that a test begins with, in the order of their making; None without a database."""
    if item.get_closest_marker("django_db") is None and "db" not in item.fixturenames:
        return None
    if is_emptied(item):
        return []
    # No public way leads to the fixture that a name means in this test.
    fixtures = item._fixtureinfo.name2fixturedefs
    makes = {name: getattr(found[-1].func, "make", None) for name, found in fixtures.items()}
    ordered: dict[Make, None] = {}

    def add(name: str) -> None:
        if make := makes[name]:
            for asked in inspect.signature(make).parameters:
                add(asked)
            ordered.setdefault(make)

    for name in makes:
        add(name)
    return list(ordered)


def is_emptied(item: pytest.Item) -> bool:
    """Whether the test commits what it does, so that the database is emptied after it."""
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))


def _taken_back() -> ExitStack:
    """Begins a transaction, or a savepoint in one, that is rolled back when it is closed."""
    stack = ExitStack()
    block = transaction.atomic()
    # As Django's TestCase does: inside, a verb may be the outermost.
    vars(block)["_from_testcase"] = True
    stack.enter_context(block)
    stack.callback(transaction.set_rollback, True)
    return stack
