"""Each test has one lane, and what `make` selects leaves none out."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import lanes
from tests.signatures import can_hold_a_unit_test
from tests.sources import text_of
from tools.test import PLANS, Pass


@pytest.fixture
def collected(pytestconfig: pytest.Config) -> list[pytest.Function]:
    """All tests that this run has found, whatever it selects of them."""
    return [
        item for item in pytestconfig.stash[lanes.COLLECTED] if isinstance(item, pytest.Function)
    ]


def test_each_has_one_lane_and_no_unit_can_touch_a_database(
    collected: list[pytest.Function],
) -> None:
    found = {item.nodeid: fault for item in collected for fault in lanes.faults(item)}
    assert not found


def test_make_unit_passes_over_no_unit_test(collected: list[pytest.Function]) -> None:
    passed_over = {item.path for item in collected if not can_hold_a_unit_test(text_of(item.path))}
    assert [
        item.nodeid
        for item in collected
        if item.path in passed_over and "unit" in lanes.lanes_of(item)
    ] == []


@pytest.mark.parametrize(
    ("source", "can"),
    [
        ("def test_it() -> None:", True),
        ("def test_it(cast: Cast) -> None:", False),
        ("def test_it(\n    staffed: Staffed, name: str\n) -> None:", False),
        ("def test_it(cast: Cast) -> None:\ndef test_that(name: str) -> None:", True),
        ("@kept\ndef mill(cast: Cast) -> Mill:\ndef test_it(mill: Mill) -> None:", False),
        ("@pytest.fixture\ndef mill() -> Mill:\ndef test_it(mill: Mill) -> None:", True),
        ("@pytest.fixture\ndef at(db: None) -> At:\ndef test_it(at: At) -> None:", False),
        ("pytestmark = pytest.mark.django_db\ndef test_it() -> None:", False),
        ("TestOrders = Orders.TestCase", True),
    ],
)
def test_what_a_module_can_hold_is_told_by_its_signatures(source: str, can: bool) -> None:
    assert can_hold_a_unit_test(source) is can


def marks(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()}


def selected(passes: tuple[Pass, ...], item: pytest.Item) -> list[str]:
    """The databases on which a plan runs the test."""
    names: defaultdict[str, bool] = defaultdict(bool, dict.fromkeys(marks(item), True))
    return [each.database for each in passes if eval(each.select or "True", {}, names)]  # noqa: S307


def test_everything_is_in_make_test_all(collected: list[pytest.Function]) -> None:
    assert [item.nodeid for item in collected if not selected(PLANS["all"], item)] == []


def test_make_test_leaves_out_sieges_and_walks_only(collected: list[pytest.Function]) -> None:
    for item in collected:
        left = bool(marks(item) & {"siege", "walk"})
        assert bool(selected(PLANS["quick"], item)) is not left, item.nodeid


def test_make_siege_is_all_sieges(collected: list[pytest.Function]) -> None:
    for item in collected:
        assert bool(selected(PLANS["siege"], item)) is ("siege" in marks(item)), item.nodeid


def test_what_a_database_decides_is_tested_on_both(collected: list[pytest.Function]) -> None:
    for item in collected:
        if "both_databases" in marks(item):
            assert selected(PLANS["all"], item) == ["PostgreSQL", "SQLite"], item.nodeid


@pytest.mark.parametrize("share", [2, 3, 5])
def test_a_share_of_the_sieges_is_the_same_each_time_and_all_else_runs(
    collected: list[pytest.Function], share: int
) -> None:
    taken = [item for item in collected if lanes.is_in_share(item, share)]
    assert taken == [item for item in collected if lanes.is_in_share(item, share)]
    assert {*collected} - {*taken} <= {item for item in collected if "siege" in marks(item)}


# The controls: what is refused ----------------------------------------------------------------


def starts_a_process() -> None:
    subprocess.run(["true"], check=True)


def connects() -> list[Any]:
    return [psycopg.connect for _ in range(1)]


class Server:
    def __init__(self) -> None:
        starts_a_process()


def makes_one() -> list[Server]:
    return [Server() for _ in range(1)]


def unblocks(django_db_blocker: Any) -> None:
    """As a fixture would."""


@pytest.mark.parametrize("door", [starts_a_process, connects, Server, makes_one, unblocks])
def test_a_way_to_a_process_or_connection_is_found(door: Any) -> None:
    assert lanes.leads_to_a_door(door)


@pytest.mark.parametrize("door", [marks, lanes.is_in_share, pytest.fixture])
def test_what_leads_nowhere_is_let_be(door: Any) -> None:
    assert not lanes.leads_to_a_door(door)


@pytest.fixture
def marked(request: pytest.FixtureRequest) -> Iterator[pytest.Function]:
    """The test itself, whose marks are put back afterwards."""
    own = [*request.node.own_markers]
    yield request.node
    request.node.own_markers[:] = own


def test_two_lanes_and_none_are_refused(marked: pytest.Function) -> None:
    assert [*lanes.faults(marked)] == []
    marked.add_marker("browser")
    assert [*lanes.faults(marked)] == ["has 2 lanes: ['browser', 'unit']"]
    marked.own_markers.clear()
    assert [*lanes.faults(marked)] == ["has 0 lanes: []"]


def test_a_unit_that_asks_for_a_database_is_refused(db: None, marked: pytest.Function) -> None:
    marked.own_markers.clear()
    marked.add_marker("unit")
    assert "is unit and asks for db" in [*lanes.faults(marked)]
