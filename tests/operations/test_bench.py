"""The bench can be run: all its rows are measured, and its clones are whole."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from bench import cloning
from bench.plan import FULL, PLANS, missing_disk
from bench.table import Found, Row, told
from licensing.serial_numbers import fold, mint, reads_like_ours
from tests.world import World

ROOT = Path(__file__).parents[2]
only_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="the bench runs on PostgreSQL alone"
)
FIGURE = Found("0.5", "in turns", ["more of it"])


@pytest.mark.siege
def test_each_row_of_the_table_is_measured() -> None:
    """At a size at which the figures say nothing."""
    command = [sys.executable, "-m", "bench", "tiny"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    goals = [line for line in run.stdout.splitlines() if line.startswith("| ")][1:]
    assert len(goals) == 12
    assert all(any(map(str.isdigit, line.split(" | ")[2])) for line in goals), run.stdout
    assert run.stdout.count("The ledger is whole") == len(PLANS["tiny"].sizes)


@only_postgresql
def test_all_tables_can_be_cloned(world: World) -> None:
    """If it fails: say in bench/cloning.py how the new column differs between copies."""
    found = {table.model._meta.label for table in cloning.tables()}
    assert {"orders.Order", "licensing.Serial", "outbox.Message"} <= found


@only_postgresql
def test_a_unique_column_that_no_copy_makes_different_is_refused(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX line_of_its_kind ON orders_bulkrow (number)")
    with pytest.raises(
        cloning.NotUnique,
        match="orders_bulkrow: say in FRESH",
    ):
        cloning.tables()


@only_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("family", ["ISS", "VAI"])
def test_serial_numbers_of_copies_have_their_check_character(family: str) -> None:
    number = mint(family)
    made = "SELECT bench_serial(%s, %s), " + cloning.FRESH["lookup_key"]
    with connection.cursor() as cursor:
        cursor.execute(cloning.SERIAL)
        cursor.execute(
            f"{made} FROM (VALUES (%s)) t (number), (VALUES (%s)) c (mark)",
            [number, "7k3m", number, "7k3m"],
        )
        copy, key = cursor.fetchone()
    assert copy[:9] == f"{family}-7K3M-"
    assert reads_like_ours(copy)
    assert key == fold(copy)


def test_each_copy_has_a_mark_of_its_own_that_no_original_has() -> None:
    first = next(cloning.marks(()))
    marks = [*itertools.islice(cloning.marks({first}), 100_000)]
    assert len({*marks}) == 100_000
    assert {len(mark) for mark in marks} == {4}
    assert first not in marks, "an original begins with it"


def test_a_disk_that_is_too_small_is_told_before_anything_is_filled(tmp_path: Path) -> None:
    assert not missing_disk(replace(FULL, sizes=(1,), kept=1), tmp_path)
    told_first = missing_disk(replace(FULL, sizes=(10**9,)), tmp_path)
    assert told_first.startswith("The databases need 1")
    assert told_first.endswith("Free some, or run the smaller one: make bench QUICK=1")


def test_the_table_has_goals_figures_and_how_they_were_taken() -> None:
    row = Row("a page ÷ a bare view", "≤ 3.0", lambda _plan: FIGURE)
    lines = told([row], {row.name: FIGURE}, replace(FULL, name="another")).splitlines()
    assert lines == [
        "| | goal | now | before |",
        "|---|---|---|---|",
        "| a page ÷ a bare view | ≤ 3.0 | 0.5 | – |",
        "",
        "a page ÷ a bare view: in turns",
        "  more of it",
    ]
