"""At the desk names are found however they are typed, listed in natural order, and asked about."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from companies.models import Company
from licensing.models import Installation
from orders.models import Order
from tests.cast import Cast, current
from tests.desk.order_entry import enter
from tests.desk.staffed import At
from tests.pages import words

pytestmark = pytest.mark.both_databases

SPELLINGS = ("o'hare annex", "O’Hare  Annex", "Ｏ＇ＨＡＲＥ", "hare-ann", "O’Hare - Annex")
COMPANIES = "/admin/companies/company/"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk(
        *("orders.view_order", "orders.enter_order"),
        *("licensing.view_installation", "licensing.change_installation"),
        *("companies.view_company", "companies.add_company", "companies.change_company"),
        *("companies.view_membership", "companies.view_membershipevent"),
        *("notifications.view_contact", "notifications.add_contact"),
    )


def listed(desk: Client, path: str, **query: str) -> list[str]:
    response = desk.get(path, query)
    assert response.status_code == 200, path
    return [str(row) for row in response.context["cl"].result_list]


@pytest.mark.parametrize("query", SPELLINGS)
def test_sites_and_their_orders_are_found(desk: Client, cast: Cast, query: str) -> None:
    done = cast.issue(cast.order_new("O'Hare Annex"))
    waiting = cast.order_new("O’Hare Annex")
    held = listed(desk, "/admin/orders/order/", q=query, status="all")
    assert held == [str(done), str(waiting)]
    if " - " not in query:  # there a search is for all of what was typed
        assert listed(desk, "/admin/licensing/installation/", q=query) == ["O'Hare Annex"]
    contacts = desk.get("/admin/notifications/contact/", {"q": query}).context["cl"].result_list
    assert [contact.installation for contact in contacts] == [done.installation]


def test_companies_are_found_wherever_they_are_looked_for(desk: Client, cast: Cast) -> None:
    company = Company.objects.create(name="Sistemas Íñigo & Cía")
    for query in ("I\u0301ÑIGO – CI\u0301A", "sistemas  íñigo", "Ｓistemas"):
        assert listed(desk, COMPANIES, q=query) == [company.name]
        found = desk.get("/admin/orders/order/enter/", {"q": query.replace(" – ", " ")})
        assert [each.name for each in found.context["companies"]] == [company.name]
    assert len(listed(desk, "/admin/companies/membership/", q="HARBOR—security")) == 3
    site = cast.site(ISS_Expert=1)
    for query in ("HARBOR—security", "harbor\u00a0security"):
        assert listed(desk, "/admin/licensing/installation/", q=query) == [site.site_name]


def test_lists_and_choosers_are_in_natural_order(desk: Client, cast: Cast) -> None:
    names = ["Éclair", "Site 2", "Site 10", "Zoo"]
    for name in reversed(names):
        Installation.objects.create(company=cast.harbor, site_name=name)
        Company.objects.create(name=name)
    for path in ("/admin/licensing/installation/", COMPANIES):
        for query in ({}, {"o": "0"}):
            assert [name for name in listed(desk, path, **query) if name in names] == names
        down = [name for name in listed(desk, path, o="-0") if name in names]
        assert down == names[::-1]
    entered = desk.get("/admin/orders/order/enter/").context["companies"]
    assert [each.name for each in entered if each.name in names] == names
    for model, field in (("installation", "company"), ("contact", "installation")):
        app = "licensing" if model == "installation" else "notifications"
        asked = {"app_label": app, "model_name": model, "field_name": field}
        answer = json.loads(desk.get("/admin/autocomplete/", asked).content)
        offered = [each["text"] for each in answer["results"]]
        assert [name for name in offered if name in names] == names, model


def test_who_enters_an_order_is_asked_and_can_use_the_site(desk: Client, cast: Cast) -> None:
    cast.issue(cast.order_new("O'Hare Annex", ISS_Expert=1))
    site = Installation.objects.get()
    typed = {"site_name": "O’HARE ANNEX", "notify": "ann@x.example", "po_number": "PO 77"}
    asked = enter(desk, cast.harbor, cast.buyer, **typed)
    assert asked.status_code == 200
    assert "Is this an existing installation?" in words(asked.content.decode())
    used = enter(desk, cast.harbor, cast.buyer, **typed, use_site=site.reference)
    data = used.context["form"].data
    assert (data["kind"], data["serial_ISS"]) == ("existing", current(site, "ISS"))
    assert {name: data[name] for name in typed} == typed
    sent = {name: data[name] for name in data if name != "use_site"}
    placed = desk.post(f"/admin/orders/order/enter/{cast.harbor.pk}/", sent)
    assert placed.status_code == 302
    assert Order.objects.latest("pk").installation == site


def test_a_second_company_of_a_name_is_warned_about_and_saved(desk: Client, cast: Cast) -> None:
    empty = {"invitations-TOTAL_FORMS": "0", "invitations-INITIAL_FORMS": "0"}
    data = {"name": "HARBOR–Security", "time_zone": "America/Chicago", "active": "on", **empty}
    answer = desk.post(f"{COMPANIES}add/", data, follow=True)
    assert "There is a company “Harbor Security” already. Is this another one?" in words(
        answer.content.decode()
    )
    assert Company.objects.filter(name_key="harbor security").count() == 2
    other = desk.post(f"{COMPANIES}add/", {**data, "name": "Harbor Security 2"}, follow=True)
    assert "Is this another one?" not in words(other.content.decode())
