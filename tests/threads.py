"""Many calls at once, in threads with real transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from orders.rules.problems import OrderRefused

THREADS = 8

only_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'",
    reason="SQLite has one writer at a time; the race can't be shown there",
)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results, refusals or DatabaseErrors of all calls, shared out among the threads."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (DatabaseError, OrderRefused) as error:
            return error

    def close() -> None:
        barrier.wait()  # every thread closes its own connection, not one thread eight
        connection.close()

    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, calls))
        list(pool.map(lambda _: close(), range(THREADS)))
    return results
