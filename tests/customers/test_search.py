"""One search for serials, sites and PO numbers; it finds nothing of others."""

import pytest
from django.test import Client

from licensing.models import Installation
from orders.models import Order
from tests.cast import Cast, current
from tests.customers.reading import LogIn, page
from tests.pages import linked

pytestmark = pytest.mark.both_databases

NOTHING = "Nothing found"


def search(client: Client, query: str) -> str:
    response = client.get("/installations/", {"q": query})
    assert response.status_code == 200, query
    return response.content.decode()


def lands_on(client: Client, query: str) -> str:
    """Where a search goes straight to."""
    response = client.get("/installations/", {"q": query})
    assert response.status_code == 302, query
    return response.headers["Location"]


def site_page(site: Installation) -> str:
    return f"/installations/{site.reference}/"


def test_a_serial_goes_straight_to_its_installation(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    client = log_in(cast.viewer)
    for family in ("ISS", "VAI"):
        number = current(site, family)
        for typed in (number, number.lower().replace("-", " "), number.replace("0", "o")):
            assert lands_on(client, typed) == site_page(site)
    assert "was replaced" not in page(client, site_page(site))


def test_who_searches_an_old_serial_is_told_to_quote_the_new_one(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=1)
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, VS_ES1=1))
    client = log_in(cast.buyer)
    assert lands_on(client, old) == site_page(site)
    assert "The serial number that you searched for was replaced." in page(client, site_page(site))


def test_sites_and_po_numbers_are_found(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(VS_ES1=1)
    po_number = Order.objects.latest("pk").po_number
    client = log_in(cast.buyer)
    for query in ("POINT", po_number, "harbor point terminal"):
        assert site.site_name in search(client, query), query
    for query in ("nowhere", "VAI-0000-0000-0000-0000", current(site, "VAI")[:8]):
        assert NOTHING in search(client, query), query


def test_an_order_without_an_installation_is_found(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new("Pelican Pier")
    client = log_in(cast.viewer)
    for query in (order.po_number, order.reference.upper(), "pelican"):
        content = search(client, query)
        assert (order.get_absolute_url(), str(order)) in linked(content), query
        assert NOTHING not in content
        assert "No installation found. These orders were:" in content


def test_nobody_finds_what_is_not_theirs(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    waiting = cast.order_new("Pelican Pier")
    queries = (
        current(site, "ISS"),
        current(site, "VAI"),
        site.site_name,
        waiting.po_number,
        waiting.reference,
        "Pelican",
    )
    for user in (cast.outsider, cast.end_customer):
        for query in queries:
            assert NOTHING in search(log_in(user), query), query


def test_an_end_customer_finds_its_system_and_no_order_of_the_dealer(
    cast: Cast, log_in: LogIn
) -> None:
    site = cast.site(ISS_Expert=1)
    site.end_customer = cast.bayview
    site.save()
    client = log_in(cast.end_customer)
    assert lands_on(client, current(site, "ISS")) == site_page(site)
    assert site.site_name in search(client, "harbor point")
    assert NOTHING in search(client, Order.objects.latest("pk").po_number)


def test_long_and_strange_queries_are_harmless(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    cast.site()
    for query in ("x" * 5000, "x\x00y", "%", "_", "'; --", "ß", "<q>"):
        content = search(client, query)
        assert NOTHING in content, query
        assert "“<q>”" not in content
    assert "Harbor Point Terminal" in search(client, "\x00")  # nothing is left to search for


def test_a_page_that_begins_nowhere_is_the_first_page(cast: Cast, log_in: LogIn) -> None:
    cast.site()
    client = log_in(cast.buyer)
    for path in ("/installations/", "/orders/"):
        for after in ("\x00", "ä", "<b>"):
            assert "Harbor Point Terminal" in client.get(path, {"after": after}).content.decode()
    assert client.get("/orders/new/", {"installation": "\x00"}).status_code == 200
