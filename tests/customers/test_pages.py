"""Customers see some things, and above all they don't see others."""

import pytest
from django.test import Client

from companies.models import Company
from licensing.models import Installation
from orders import actions
from orders.documents.actions import attach_document
from orders.models import Order
from orders.placement import Quote
from orders.rules.documents import MAX_DOCUMENTS
from tests import files
from tests.cast import NOW, Cast, current
from tests.customers.reading import (
    DETAIL_BUDGET,
    LIST_BUDGET,
    SEARCH_BUDGET,
    LogIn,
    copy_of,
    page,
    statements,
)
from tests.pages import linked, links, only, words


def order_page(order: Order) -> str:
    return f"/orders/{order.reference}/"


def site_page(site: Installation) -> str:
    return f"/installations/{site.reference}/"


def test_members_see_their_companies_installations_and_orders(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    order = Order.objects.get()
    for user in (cast.viewer, cast.buyer, cast.owner):
        client = log_in(user)
        assert current(site, "ISS") in page(client, "/installations/")
        assert current(site, "VAI") in page(client, site_page(site))
        assert current(site, "VAI") in page(client, order_page(order))
        assert str(order) in page(client, "/orders/")


def test_everybody_else_gets_404_and_empty_lists(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=4)
    order = Order.objects.get()
    for user in (cast.outsider, cast.end_customer, cast.sales):
        client = log_in(user)
        for path in (site_page(site), order_page(order), "/orders/nosuchorder/"):
            assert client.get(path).status_code == 404
        assert site.site_name not in page(client, "/installations/")
        assert str(order) not in page(client, "/orders/")
        assert site.site_name not in page(client, "/installations/?q=" + current(site, "ISS"))


def test_an_end_customer_sees_its_installation_and_nothing_of_the_dealers_orders(
    cast: Cast, log_in: LogIn
) -> None:
    site = cast.site(ISS_Expert=4)
    site.end_customer = cast.bayview
    site.save()
    other = cast.site(ISS_Expert=1)
    order = Order.objects.earliest("pk")
    client = log_in(cast.end_customer)
    content = page(client, site_page(site))
    assert current(site, "ISS") in content
    assert str(order) not in content
    assert client.get(order_page(order)).status_code == 404
    assert client.get(site_page(other)).status_code == 404


@pytest.mark.parametrize("path", ["/home/", "/installations/", "/orders/", "/orders/new/"])
def test_who_is_not_logged_in_is_asked_to(cast: Cast, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/account/login/?next={path}"


def test_viewers_are_not_offered_to_order_and_cannot(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=4)
    client = log_in(cast.viewer)
    for path in ("/home/", "/installations/", "/orders/", "/company/", site_page(site)):
        assert "Order licenses" not in page(client, path)
    assert client.get("/orders/new/").status_code == 403
    assert client.post("/orders/new/", {}).status_code == 403


@pytest.mark.parametrize("who", ["buyer", "owner"])
@pytest.mark.parametrize(
    "path", ["/home/", "/orders/", "/company/", "/account/email/", "/guide/", "/mail/", "/no/"]
)
def test_the_header_of_every_page_offers_to_order_to_who_may(
    cast: Cast, log_in: LogIn, who: str, path: str
) -> None:
    header = only(log_in(getattr(cast, who)).get(path), "header")
    assert ("/orders/new/", "Order licenses") in linked(header)


def test_who_orders_for_no_company_is_not_offered_it(cast: Cast, log_in: LogIn) -> None:
    for client in (Client(), log_in(cast.viewer), log_in(cast.sales)):
        for path in ("/guide/", "/mail/", "/no/"):
            assert "/orders/new/" not in links(client.get(path))


def test_long_lists_are_read_page_by_page(cast: Cast, log_in: LogIn) -> None:
    for number in range(60):
        Installation.objects.create(company=cast.harbor, site_name=f"Site {number // 3:02}")
    client, seen, path = log_in(cast.buyer), [], "/installations/"
    while path:
        response = client.get(path)
        shown = response.context["page"]
        seen += [row.pk for row in shown.rows]
        path = f"/installations/?after={shown.next_after}" if shown.next_after else ""
    assert len(seen) == len(set(seen)) == 60


def test_the_order_page_shows_what_happened(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    old = current(site, "VAI")
    order = cast.issue(cast.order_existing(old, ISS_ExpertStarterPack=2, VS_ES1=1))
    content = page(log_in(cast.viewer), order_page(order))
    for text in ("Stays the same", "Replaced", old, current(site, "VAI"), "8 × ISS-Expert"):
        assert text in words(content), text
    assert "by sales" in content  # which of them is not told
    assert cast.sales.email not in content


def test_a_rejected_order_shows_the_reason(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new()
    actions.reject(order, by=cast.sales, reason="Ordered twice, see PO 4783.")
    assert "Ordered twice, see PO 4783." in page(log_in(cast.buyer), order_page(order))


# Statements ------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [3, 300])
def test_lists_stay_within_their_budget(cast: Cast, log_in: LogIn, rows: int) -> None:
    for number in range(rows // 3):
        Installation.objects.create(company=cast.harbor, site_name=f"Site {number}")
    sites = Installation.objects.bulk_create(
        Installation(company=cast.harbor, site_name=f"S{n}") for n in range(rows - rows // 3)
    )
    assert len(sites) == rows - rows // 3
    cast.site(ISS_Expert=1, VS_ES1=1)
    waiting = cast.order_new()
    Order.objects.bulk_create(copy_of(waiting) for _ in range(rows))
    client = log_in(cast.buyer)
    assert statements(client, "/installations/") <= LIST_BUDGET
    for query in ("s", "site 99", "S299", "4701", "nowhere at all", "Harbr Pont"):
        assert statements(client, f"/installations/?q={query}") <= SEARCH_BUDGET, query
    assert statements(client, "/orders/") <= LIST_BUDGET
    after = client.get("/installations/").context["page"].next_after
    if after:
        assert statements(client, f"/installations/?after={after}") <= LIST_BUDGET


@pytest.mark.parametrize("rows", [3, 300])
def test_details_stay_within_their_budget(cast: Cast, log_in: LogIn, rows: int) -> None:
    """An installation with that many orders, and an order with as many lines as may be."""
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    cast.harbor.refresh_from_db()
    order = cast.order_new(ISS_Expert=1, VS_ES1=1)
    site = order.installation
    assert site is not None
    for _ in range(4):
        cast.order_existing(current(site, "ISS"), VS_ES1=1)
    waiting = Order.objects.create(
        company=cast.harbor,
        kind="existing",
        po_number="4800",
        installation=site,
        state="in_review",
        placed_by=cast.buyer,
        placed_at=NOW,
        changed_at=NOW,
    )
    Order.objects.bulk_create(copy_of(waiting) for _ in range(rows))
    many_lines = actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("ISS", current(site, "ISS"))],
        po_number="4712",
        lines=cast.lines(ISS_Expert=1) * min(rows, 200),
        by=cast.buyer,
    )
    for number in range(MAX_DOCUMENTS):
        document = files.document(content=files.pdf(b"Page %d" % number))
        attach_document(many_lines, document=document, by=cast.owner)
    client = log_in(cast.buyer)
    assert statements(client, site_page(site)) <= DETAIL_BUDGET
    assert statements(client, order_page(many_lines)) <= DETAIL_BUDGET
