"""The rows of the table, in its order."""

from __future__ import annotations

from collections.abc import Iterable

from bench.rows import placing
from bench.table import Row

ROWS = (
    Row(
        "place and issue ÷ floor, 1 process",
        "≥ 0.12; ≥ 0.30 if the note shows how",
        placing.beside_the_floor,
    ),
    Row(
        "CPU of place, issue, letter and mail together ÷ the floor's order",
        "≤ 60, of which place and issue ≤ 14",
        placing.processors,
    ),
    Row(
        "company row locked, of a placement; dealer with 1m orders ÷ one with 1k",
        "≤ 10 %; ≤ 1.1",
        placing.under_the_lock,
        writes=True,
    ),
    Row(
        "stored per order with one recipient; each further one; WAL",
        "≤ 45 kB; ≤ 8 kB; ≤ 60 kB",
        placing.bytes_of_an_order,
    ),
)


def in_their_turn(rows: Iterable[Row]) -> list[Row]:
    """Those that write into the large databases come last: the others are to find them as made."""
    return sorted(rows, key=lambda row: row.writes)
