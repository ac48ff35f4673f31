"""A person who may look, but not order, is told so at each door that leads to an order."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from companies.models import Company, Membership, Role, User
from tests.cast import Cast, member
from tests.customers.reading import LogIn
from tests.pages import has, links, words
from tests.world import World

DOORS = ["/orders/new/", "/orders/bulk/"]


def refused(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 403, path
    return response.content.decode()


@pytest.mark.parametrize("path", DOORS)
def test_a_viewer_reads_who_orders_and_how_to_become_one(
    cast: Cast, log_in: LogIn, path: str
) -> None:
    shown = refused(log_in(cast.viewer), path)
    said = words(shown)
    assert "You can look here, but not order" in said
    assert "An owner can make you a buyer" in said
    for person, role in ((cast.buyer, "Buyer"), (cast.owner, "Owner")):
        assert f"{person.email} {role}" in said
        assert f"mailto:{person.email}" in links(shown)
    assert cast.outsider.email not in said, "people of other companies are not named"
    assert not has(shown, "main form"), "no form that would only refuse"


def test_every_door_to_an_order_answers_alike(world: World) -> None:
    """Also those that start with something: a renewal, a site, an old order, a draft."""
    viewer = world.client("viewer")
    site, order = world.site.reference, world.issued.reference
    doors = [*DOORS, f"/orders/new/?renew={site}", f"/orders/new/?installation={site}"]
    doors += [f"/orders/new/?again={order}", world.paths["draft"]]
    for path in doors:
        assert "You can look here, but not order" in words(refused(viewer, path)), path
    answer = viewer.post(world.paths["order_keep"], {"po_number": "7"})
    assert (answer.status_code, "Who can order" in words(answer)) == (403, True)


def test_the_page_is_in_the_language_of_its_reader(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.viewer)
    client.post("/account/language/", {"language": "es"})
    said = words(refused(client, "/orders/new/"))
    assert "Aquí puede consultar, pero no pedir" in said


def test_people_who_can_no_longer_order_are_not_named(cast: Cast, log_in: LogIn) -> None:
    cast.buyer.is_active = False
    cast.buyer.save()
    said = words(refused(log_in(cast.viewer), "/orders/new/"))
    assert cast.buyer.email not in said
    assert cast.owner.email in said


def test_where_no_member_orders_it_says_who_else_does(cast: Cast, log_in: LogIn) -> None:
    said = words(refused(log_in(cast.end_customer), "/orders/new/"))
    assert "No member of this company orders here." in said
    assert "send sales your purchase order" in said


def test_for_a_deactivated_company_nothing_is_ordered(cast: Cast, log_in: LogIn) -> None:
    Company.objects.filter(pk=cast.harbor.pk).update(active=False)
    said = words(refused(log_in(cast.owner), "/orders/new/"))
    assert "This company is deactivated: nothing is ordered for it." in said
    assert "Ask one of these people" not in said


def test_sales_is_led_to_the_desk(cast: Cast, log_in: LogIn) -> None:
    shown = refused(log_in(cast.sales), "/orders/new/")
    assert "/admin/orders/order/enter/" in links(shown)


def test_who_is_in_no_company_is_told_how_to_get_into_one(cast: Cast, log_in: LogIn) -> None:
    said = words(refused(log_in(User.objects.create(email="new@site.example")), "/orders/new/"))
    assert "Ask an owner of your company to invite you." in said


@pytest.mark.parametrize("door", ["installation", "renew"])
def test_a_buyer_of_another_company_reads_who_orders_for_this_site(
    cast: Cast, log_in: LogIn, door: str
) -> None:
    """Not a form that starts with a site that it would then refuse."""
    site = cast.site(VS_ES1=1)
    both = member("both@dealer.example", cast.summit, Role.BUYER)
    Membership.objects.create(user=both, company=cast.harbor, role=Role.VIEWER)
    client = log_in(both)
    said = words(refused(client, f"/orders/new/?{door}={site.reference}"))
    assert site.site_name in said
    assert re.search(rf"Harbor Security.*{cast.buyer.email}", said)
    assert cast.outsider.email not in said
    assert client.get("/orders/new/").status_code == 200
