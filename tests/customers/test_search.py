"""One search for serials, sites and PO numbers; it finds nothing of others."""

import datetime as dt

import pytest
from django.test import Client

from licensing.models import Installation
from orders.models import Order
from tests.cast import NOW, Cast, current
from tests.customers.reading import LogIn, copy_of, page
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


def sites_named(cast: Cast, *names: str) -> None:
    Installation.objects.bulk_create(
        Installation(company=cast.harbor, site_name=name) for name in names
    )


def found(client: Client, query: str) -> list[str]:
    response = client.get("/installations/", {"q": query})
    return [site.site_name for site in response.context["page"].rows]


def test_parts_of_a_name_are_found_in_any_order_the_nearest_name_first(
    cast: Cast, log_in: LogIn
) -> None:
    names = ["Pier of Dallas", "Old Dallas Pier", "Dallas Pier 9", "Dallas Pier", "Austin Pier"]
    sites_named(cast, *names)
    client = log_in(cast.viewer)
    assert found(client, "dallas PIER") == [
        "Dallas Pier",
        "Dallas Pier 9",
        "Old Dallas Pier",
        "Pier of Dallas",
    ]
    assert found(client, "ier las") == sorted(names[:4])


@pytest.mark.parametrize("mistyped", ["Habor Pont", "Pont Habor", "harbro pointt", "Harvor"])
def test_a_mistyped_name_finds_its_site(cast: Cast, log_in: LogIn, mistyped: str) -> None:
    sites_named(cast, "Harbor Point Terminal", "Hangar Print Shop")
    client = log_in(cast.viewer)
    assert found(client, mistyped) == ["Harbor Point Terminal"]
    assert found(log_in(cast.outsider), mistyped) == []


def test_slips_are_looked_for_only_where_nothing_is_found_as_it_is_typed(
    cast: Cast, log_in: LogIn
) -> None:
    sites_named(cast, "Harbor Point", "Harbour Point")
    assert found(log_in(cast.viewer), "harbor") == ["Harbor Point"]


def test_a_number_comes_before_a_name(cast: Cast, log_in: LogIn) -> None:
    """A site is called like the PO number of another one."""
    site = cast.site(VS_ES1=1)
    po_number = Order.objects.latest("pk").po_number
    sites_named(cast, f"Annex {po_number}", f"{po_number}")
    client = log_in(cast.viewer)
    assert found(client, po_number) == [site.site_name, po_number, f"Annex {po_number}"]
    waiting = cast.order_new(f"Dock {po_number}")
    response = client.get("/installations/", {"q": po_number})
    assert [order.pk for order in response.context["orders"]][-1] == waiting.pk


def test_of_very_many_the_nearest_are_told_page_by_page(cast: Cast, log_in: LogIn) -> None:
    """Beyond the first names the index of letters is asked, and both end somewhere."""
    sites_named(cast, *(f"Alpha {n}" for n in range(220)), *(f"Depot {n}" for n in range(130)))
    sites_named(cast, "Depot")
    client = log_in(cast.viewer)
    seen, after = [], ""
    while True:
        response = client.get("/installations/", {"q": "depot", "after": after})
        page_shown = response.context["page"]
        seen += [site.site_name for site in page_shown.rows]
        if not (after := page_shown.next_after):
            break
    assert seen[0] == "Depot"
    assert len(seen) == len({*seen}) == 100
    assert "These are the first 100 sites that were found." in response.content.decode()
    assert found(client, "129 dep") == ["Depot 129"]
    assert "These are the first" not in search(client, "129 dep")
    assert found(client, "alpha")[:3] == ["Alpha 0", "Alpha 1", "Alpha 2"]


def test_orders_for_a_new_site_are_found_behind_many_newer_ones(cast: Cast, log_in: LogIn) -> None:
    old = cast.order_new("Pelican Pier")
    newer = [copy_of(old) for _ in range(210)]
    for order in newer:
        order.site_name, order.placed_at = "Heron Hall", NOW + dt.timedelta(days=1)
    Order.objects.bulk_create(newer)
    client = log_in(cast.viewer)
    for query in ("pelican", "pier peli", "heron"):
        orders = client.get("/installations/", {"q": query}).context["orders"]
        names = {order.site_name for order in orders}
        assert names == {"Heron Hall" if query == "heron" else "Pelican Pier"}, query
        assert len(orders) == (25 if query == "heron" else 1)


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
