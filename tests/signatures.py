"""Which modules can hold a unit test, told by the signatures in their text.

`make unit` imports no other: to import all tests takes longer than to run those of its lane. A
module is passed over only where each of its tests asks for a fixture that leads to a database or a
browser; `tests/test_lanes.py` compares this with the lanes of the tests themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tests.sources import TESTS, text_of

TEST = re.compile(r"^ *def test_\w+\((.*?)\) ->", re.M | re.S)
FIXTURE = re.compile(r"^@(kept|pytest\.fixture)\b[^@]*?^def (\w+)\((.*?)\) ->", re.M | re.S)
PARAMETER = re.compile(r"(\w+):")
MARKED = re.compile(r"^pytestmark = [^\n]*\b(?:browser|django_db|siege)\b", re.M)
ENDS = frozenset({"db", "demo", "playwright", "transactional_db"})

Fixtures = Mapping[str, frozenset[str]]  # what each asks for


def can_hold_a_unit_test(source: str) -> bool:
    fixtures = {**shared(), **dict(fixtures_in(source))}
    tests = [PARAMETER.findall(parameters) for parameters in TEST.findall(source)]
    return not MARKED.search(source) and not (
        tests and all(any(leads_on(name, fixtures) for name in asked) for asked in tests)
    )


@cache
def shared() -> Fixtures:
    files = [*TESTS.rglob("conftest.py"), *TESTS.rglob("*_fixtures.py")]
    return {name: asked for file in files for name, asked in fixtures_in(text_of(file))}


def fixtures_in(source: str) -> Iterator[tuple[str, frozenset[str]]]:
    for decorator, name, parameters in FIXTURE.findall(source):
        asked = frozenset(PARAMETER.findall(parameters)) - {name}
        yield name, asked | ({"db"} if decorator == "kept" else set())


def leads_on(name: str, fixtures: Fixtures) -> bool:
    """Whether it is a database or a browser, or a fixture that asks for one in the end."""
    return name in ENDS or any(leads_on(each, fixtures) for each in fixtures.get(name, ()))
