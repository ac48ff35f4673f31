"""How many rows PostgreSQL reads for the statements of a page, as EXPLAIN ANALYZE counts them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

READS = re.compile(r"\(*(SELECT|WITH)\b", re.IGNORECASE)
REMOVED = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")

# Tables that hold what the code brings, and no more rows with more orders
OF_THE_CODE = {"auth_group_permissions", "auth_permission", "django_content_type"}


@dataclass(frozen=True, slots=True)
class Read:
    """One statement: the rows that were read for it, and those that it gave back."""

    sql: str
    rows: int
    given: int


@contextmanager
def rows_read() -> Iterator[list[Read]]:
    """Collects what is read inside. Each statement is explained just before it is run."""
    found: list[Read] = []

    def explain(run: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if isinstance(sql, str) and READS.match(sql) and not many:
            found.append(_explained(sql, params))
        return run(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def _explained(sql: str, params: Any) -> Read:
    with connection.connection.cursor() as cursor:  # past the wrapper
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        [[[explained]]] = cursor.fetchall()
    plan = explained["Plan"]
    return Read(sql, round(sum(map(_rows_of, _nodes(plan)))), round(plan["Actual Rows"]))


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows_of(node: Any) -> float:
    """The rows that a node reads of a table or an index, and those that it throws away.

    PostgreSQL tells both as the mean of a loop.
    """
    if node.get("Relation Name") in OF_THE_CODE:
        return 0
    is_scan = "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan"
    rows = node["Actual Rows"] if is_scan else 0
    return float(rows + sum(node.get(each, 0) for each in REMOVED)) * float(node["Actual Loops"])
