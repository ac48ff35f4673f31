"""The rows of the table, in its order."""

from __future__ import annotations

from collections.abc import Iterable

from bench.rows import files, mail, pages, placing, serving
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
    Row(
        "rows read by a page's statement, at 1m orders, dealer with half of all",
        "≤ 20 × rows shown + 200",
        pages.rows_read,
    ),
    Row(
        "the same page at 1m ÷ 1k: home, sites, orders, search, form, forecast, desk; "
        "first, deep, empty",
        "buffers ≤ 1.5, time ≤ 1.3 (median of 30)",
        pages.growth,
    ),
    Row(
        "list ÷ bare view, detail ÷ bare view (wrk, granian)",
        "≤ 3.0, ≤ 3.0",
        serving.beside_the_bare_view,
    ),
    Row(
        "statements of a search, a forecast, limits included",
        "≤ 12, ≤ 14",
        pages.statements,
    ),
    Row(
        "10,000 orders in one file, dealer with 1m",
        "preview ≤ 2 min, placing ≤ 8 min, no step over 2 s, company never locked over 0.3 s",
        files.in_one_file,
        writes=True,
    ),
    Row(
        "mails/s ÷ bare SMTP connection, 3 kB, 90 kB",
        "≥ 0.5, ≥ 0.7; rows claimed and connections per 100 mails told",
        mail.beside_a_bare_connection,
    ),
    Row(
        "list page; first visit, compressed",
        "≤ 8 kB; ≤ 150 kB",
        pages.loaded,
    ),
    Row(
        "site with 300 revisions ÷ one with 3",
        "CPU ≤ 2, HTML ≤ 60 kB",
        pages.long_history,
    ),
)


def in_their_turn(rows: Iterable[Row]) -> list[Row]:
    """The rows that write into the large databases come last: others find these as made."""
    return sorted(rows, key=lambda row: row.writes)
