"""The lane of each test, told by its marks and by what it asks for, never by its path.

`unit` needs no database, `db` needs one, `browser` needs the running demo, and a `siege` takes
long and says so by its mark. A test that starts processes of its own says its lane by a mark, too:
from here it can't be seen what they open.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from inspect import getmembers, isclass, isfunction, unwrap
from types import CodeType
from typing import Any
from zlib import crc32

import psycopg
import pytest

from tests.kept_rows import needs

LANES = ("unit", "db", "browser", "siege")
OF_THE_BROWSER = {"demo", "playwright"}  # fixtures
DOORS = (subprocess, psycopg)  # what leads to a database past pytest-django's guard
DOOR_FIXTURES = {"database", "db", "django_db_setup", "live_server", "transactional_db"}
COLLECTED = pytest.StashKey[Sequence[pytest.Item]]()  # of this run, before anything is left out


def lanes_of(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()} & {*LANES}


def assign(item: pytest.Function) -> None:
    """Marks the test with its lane, unless it says one by itself."""
    if not lanes_of(item):
        item.add_marker(_asked_for(item))
    item.user_properties.extend(("lane", lane) for lane in lanes_of(item))  # into the report


def _asked_for(item: pytest.Function) -> str:
    if OF_THE_BROWSER & {*item.fixturenames}:
        return "browser"
    return "unit" if needs(item) is None else "db"


def order(item: pytest.Item) -> tuple[int, list[str]]:
    """Long tests start first, so that none of them is left over for one processor.

    Those that begin with the same rows follow each other: they are made once for all of them.
    """
    [lane, *_] = [*lanes_of(item), "db"]
    rows = (needs(item) or []) if isinstance(item, pytest.Function) else []
    return {"siege": 0, "browser": 1}.get(lane, 2), [make.__qualname__ for make in rows]


def is_in_share(item: pytest.Item, share: int) -> bool:
    """Every siege that is no test of the share: by its name, so that new ones move no other."""
    return "siege" not in lanes_of(item) or crc32(item.nodeid.encode()) % share == 0


def faults(item: pytest.Function) -> Iterator[str]:
    """The faults of its lane."""
    lanes = lanes_of(item)
    if len(lanes) != 1:
        yield f"has {len(lanes)} lanes: {sorted(lanes)}"
    if lanes == {"unit"}:
        for fixture in sorted(DOOR_FIXTURES & {*item.fixturenames}):
            yield f"is unit and asks for {fixture}"
        if any(leads_to_a_door(each) for each in _functions(item)):
            yield "is unit and starts a process or opens a connection: say its lane by a mark"


def _functions(item: pytest.Function) -> Iterator[Any]:
    yield item.function
    for found in item._fixtureinfo.name2fixturedefs.values():  # no public way leads there
        yield found[-1].func


def leads_to_a_door(thing: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether this function or class of the tests, or one that it names, names a door."""
    if not (isfunction(thing) or isclass(thing)) or thing in seen:
        return False
    thing = unwrap(thing)  # of a context manager, the function behind it
    if not thing.__module__.startswith("tests"):
        return False
    seen |= {thing}
    if isclass(thing):
        return any(leads_to_a_door(method, seen) for _, method in getmembers(thing, isfunction))
    if "django_db_blocker" in thing.__code__.co_varnames:
        return True
    named = [thing.__globals__.get(name) for name in _names(thing.__code__)]
    return any(each is door for each in named for door in DOORS) or any(
        leads_to_a_door(each, seen) for each in named
    )


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
