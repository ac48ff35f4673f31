"""How many statements it takes, measured with real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from licensing.models import Product
from orders import actions
from orders.models import Order
from orders.placement import Consent, NewLine, Quote
from orders.rules.moves import State
from tests.cast import NOW, Cast, current
from tests.threads import only_postgresql

# BEGIN and COMMIT aside.
BUDGET = 16  # of an issue
PLACED_AND_ISSUED = 15  # for a new site
PLACED_FOR_A_SITE = 11  # for a site that is there, into review


def statements_of(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    aside = ("BEGIN", "COMMIT", 'SELECT "licensing_product"')  # the cast looks its products up
    return [query["sql"] for query in captured if not query["sql"].startswith(aside)]


def statements_to_issue(cast: Cast, lines: list[NewLine]) -> list[str]:
    """For an existing installation with both families, so that every table is written."""
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    order = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", current(site, "ISS"))],
        po_number="4712",
        lines=lines,
        consent=Consent(accepts_warnings=True),
        by=cast.buyer,
        at=NOW,
    )
    return statements_of(lambda: cast.issue(order))


@pytest.mark.django_db(transaction=True)
def test_an_issue_stays_within_its_budget_at_any_number_of_lines(cast: Cast) -> None:
    one = statements_to_issue(cast, cast.lines(VS_ES1=1))
    products = list(Product.objects.orderable())
    forty = [NewLine(products[number % 16], 1 + number) for number in range(40)]
    many = statements_to_issue(cast, forty)
    assert len(one) == len(many) <= BUDGET, "\n".join(many)
    assert not [sql for sql in many if "SAVEPOINT" in sql]


def issued_at_once(cast: Cast, site_name: str) -> Order:
    order = cast.order_new(site_name, ISS_Expert=4, VS_ES1=2)
    assert order.state == State.ISSUED
    return order


@pytest.mark.django_db(transaction=True)
def test_a_placement_that_issues_writes_each_row_once(cast: Cast) -> None:
    cast.harbor.auto_issue = True
    cast.harbor.save()
    sent = statements_of(lambda: issued_at_once(cast, "Pier 9"))
    assert len(sent) <= PLACED_AND_ISSUED, "\n".join(sent)
    assert not [sql for sql in sent if sql.startswith("UPDATE")]


@pytest.mark.django_db(transaction=True)
def test_a_placement_for_a_known_site_stays_within_its_budget(cast: Cast) -> None:
    serial = current(cast.site(ISS_Expert=1, VS_ES1=1), "ISS")
    sent = statements_of(lambda: cast.order_existing(serial, ISS_Backup=1))
    assert len(sent) <= PLACED_FOR_A_SITE, "\n".join(sent)


def with_prepared_statements(work: Callable[[], list[str]]) -> list[str]:
    """Does it over a connection of its own, in a thread, as a server with PREPARED_STATEMENTS."""

    def over_its_own() -> list[str]:
        own = connections["default"].copy()
        own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], **settings.PREPARED}
        connections["default"] = own
        try:
            return work()
        finally:
            own.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(over_its_own).result()


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_orders_are_placed_and_issued_by_prepared_statements(cast: Cast) -> None:
    cast.harbor.auto_issue = True
    cast.harbor.save()

    def place() -> list[str]:
        sites = [issued_at_once(cast, f"Pier {number}").installation for number in range(4)]
        serials = [current(site, "VAI") for site in sites if site]
        again = [cast.order_existing(serial, VS_ES1=1) for serial in serials]
        assert {order.state for order in again} == {State.ISSUED}
        assert not {current(site, "VAI") for site in sites if site} & {*serials}
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            return [row[0] for row in cursor.fetchall()]

    kept = with_prepared_statements(place)
    assert [sql for sql in kept if sql.startswith('INSERT INTO "licensing_revision"')]
