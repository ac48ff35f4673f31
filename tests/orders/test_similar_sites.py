"""Similar sites are found among thirty thousand without reading more than two hundred."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.models import Company
from companies.names import MAX_READ
from licensing.models import Installation
from orders.actions.duplicates import similar_sites
from orders.models import Order
from tests.cast import Cast
from tests.customers.reading import copy_of
from tests.kept_rows import kept

pytestmark = pytest.mark.both_databases

CITIES = ("Dallas", "Houston", "Austin", "Denver", "Phoenix", "Tucson", "Laredo", "Waco", "Plano")
KINDS = ("Warehouse", "Terminal", "Distribution Center", "Plaza", "Clinic", "School", "Annex")


def names() -> Iterator[str]:
    """As a large dealer has them: the same words over and over, and numbers."""
    yield from (f"Harbor Warehouse {number}" for number in range(12_000))
    yield from (f"Building {letter}" for letter in "ABCDEFGHIJ")
    yield from (
        f"{city} {kind} {number}" for number in range(100) for city in CITIES for kind in KINDS
    )
    yield from (f"{city} {kind}" for city in CITIES for kind in KINDS)
    yield from ["Harbor Warehouse", *["Headquarters"] * 500]


@kept
def many(cast: Cast) -> Cast:
    """30,000 sites, most of them Harbor's, and the same names at other companies; open orders."""
    own = [Installation(company=cast.harbor, site_name=name) for name in names()]
    others = Company.objects.bulk_create(Company(name=f"Dealer {n}") for n in range(300))
    more = [
        Installation(company=others[number % 300], site_name=own[number].site_name)
        for number in range(30_000 - len(own) - 1)
    ]
    end = Installation(company=cast.summit, end_customer=cast.harbor, site_name="Old Mill Lane 4")
    Installation.objects.bulk_create([*own, *more, end], batch_size=500)
    waiting = cast.order_new("Harbor Pier")
    # So many that an index is worth it, even one that other tests have left full of dead rows.
    orders = [copy_of(waiting) for _ in range(8_000)]
    for number, order in enumerate(orders):
        order.site_name = f"Harbor Pier {number}"
    Order.objects.bulk_create(orders, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cast


FOUND = [
    ("Harbour Warehouse 17", ["Harbor Warehouse 17"]),
    ("Warehouse Harbor 17", ["Harbor Warehouse 17"]),
    ("Harbor Warehose", ["Harbor Warehouse"]),
    ("Harbor Wharehouse 11999", ["Harbor Warehouse 11999"]),
    ("Bldg C", ["Building C"]),
    ("Dalas Distribution Ctr. 7", ["Dallas Distribution Center 7"]),
    ("Dallas Distribution Ctr. 7", ["Dallas Distribution Center 7"]),
    ("Distribution Center Dallas 7", ["Dallas Distribution Center 7"]),
    ("Headquarter", ["Headquarters"] * 3),
    ("Old Mil Lane 4", []),
    ("Lane 4, Old Mill", ["Old Mill Lane 4"]),  # of which it is the end customer
    ("Harbor Warehouse 12000", []),
    ("Harbour Pier 99", ["Harbor Pier 99, PO 4701"]),
]


@pytest.mark.siege
@pytest.mark.parametrize(("name", "expected"), FOUND)
def test_they_are_found_among_thirty_thousand(many: Cast, name: str, expected: list[str]) -> None:
    assert Installation.objects.count() == 30_000
    order = Order(company=many.harbor, kind=Order.Kind.NEW, site_name=name)
    with CaptureQueriesContext(connection) as captured:
        shown = [each.name for each in similar_sites(order)]
    assert shown == expected
    read = [rows_read(each["sql"]) for each in captured]
    assert len(read) == 2
    assert max(read) <= MAX_READ == 200


@pytest.mark.siege
def test_a_search_for_a_part_of_a_name_reads_what_it_finds(many: Cast) -> None:
    for query, number in (("old  MILL", 1), ("—Laredo Plaza 9", 11), ("nowhere", 0)):
        sites = Installation.objects.filter(site_name_key__contains_name=query).order_by()
        with CaptureQueriesContext(connection) as captured:
            assert len(list(sites)) >= number
        assert rows_read(captured[0]["sql"]) <= MAX_READ


@pytest.mark.siege
def test_a_statement_without_the_index_would_read_them_all(many: Cast) -> None:
    """The control: what is counted is what the database reads."""
    if connection.vendor == "postgresql":
        assert rows_read("SELECT * FROM licensing_installation WHERE site_name ~ 'zzz'") == 30_000
    assert rows_read("SELECT id FROM licensing_installation") == 30_000


def rows_read(sql: str) -> int:
    """From tables, whether they were kept or not. SQLite tells only what comes back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return len(cursor.execute(sql).fetchall())
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()
    told = json.loads(plan) if isinstance(plan, str) else plan
    return sum(map(_read, _nodes(told[0]["Plan"])))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for each in node.get("Plans", []):
        yield from _nodes(each)


def _read(node: dict[str, Any]) -> int:
    if "Relation Name" not in node:
        return 0
    kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return int(sum(node.get(kind, 0) for kind in kinds) * node["Actual Loops"])
