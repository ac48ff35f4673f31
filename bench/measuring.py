"""How figures are taken: in turns, as counts of the database, or as time of processors."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
OURS = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass(slots=True)
class Spent:
    """The cost of some work: seconds by the clock, of processors, and bytes of the log."""

    seconds: float = 0.0
    cpu: float = 0.0  # of this process and of the server's process behind its connection
    wal: int = 0
    times: int = 0


@contextmanager
def spending(on: Spent, times: int = 1) -> Iterator[None]:
    at, used, position = time.perf_counter(), cpu(), wal_position()
    yield
    on.seconds += time.perf_counter() - at
    on.cpu += cpu() - used
    on.wal += wal_position() - position
    on.times += times


def cpu() -> float:
    """Seconds, user and system, of this process and of the database's process that serves it."""
    connection.ensure_connection()
    return time.process_time() + cpu_of(connection.connection.info.backend_pid)


def cpu_of(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # no such folder: the figure is that of this process
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
        return int(cursor.fetchone()[0])


def stored() -> int:
    """Bytes of all tables with their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return int(cursor.fetchone()[0])


def in_turns(
    kinds: Mapping[str, Callable[[int], object]], *, rounds: int, each: int
) -> dict[str, Spent]:
    """Each kind does its work `each` times a round, one kind after the other."""
    spent = {kind: Spent() for kind in kinds}
    for once in kinds.values():
        once(1)  # whatever is made at first
    for _ in range(rounds):
        for kind, work in kinds.items():
            with spending(spent[kind], each):
                work(each)
    return spent


def median_seconds(kinds: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """The median of each; the kinds take turns, so that whatever else runs hits all alike."""
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(times):
        for kind, work in kinds.items():
            at = time.perf_counter()
            work()
            taken[kind].append(time.perf_counter() - at)
    return {kind: statistics.median(each) for kind, each in taken.items()}


# Statements -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Statement:
    sql: str
    params: Any


@dataclass(slots=True)
class Heard:
    """The statements that went to the database. Begin and commit are no statements here."""

    statements: list[Statement] = field(default_factory=list)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.statements.append(Statement(sql, params))
        return execute(sql, params, many, context)


@contextmanager
def heard() -> Iterator[Heard]:
    listener = Heard()
    with connection.execute_wrapper(listener):
        yield listener


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows and buffers that the statements of a page read."""

    rows: int  # by the statement that read most
    shown: int  # rows that a statement answered with, at most
    buffers: int  # of all of them together


def reading(statements: Sequence[Statement]) -> Reading:
    """Runs the statements that only read once more, and has the database count."""
    rows, shown, buffers = 0, 0, 0
    for each in statements:
        if not each.sql.lstrip("( ").startswith(("SELECT", "WITH")):
            continue
        plan = _explained(each)
        rows = max(rows, _rows_read(plan))
        shown = max(shown, int(plan["Actual Rows"]))
        buffers += plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
    return Reading(rows, shown, buffers)


def _explained(statement: Statement) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", statement.params)
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
        return plan


def _rows_read(plan: Mapping[str, Any]) -> int:
    """Rows that scans found, those that a filter threw away among them."""
    own = 0
    if "Scan" in plan["Node Type"] and plan["Node Type"] not in ("Subquery Scan", "CTE Scan"):
        dropped = sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        own = round((plan["Actual Rows"] + dropped) * plan["Actual Loops"])
    return own + sum(_rows_read(each) for each in plan.get("Plans", ()))
