"""A site that is there already is asked about however its name is written, and can be used."""

from __future__ import annotations

import unicodedata
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from companies.models import Membership, Role
from licensing.models import Installation, Serial
from orders.models import Order
from tests.cast import NOW, Cast, current, member
from tests.customers.order_form import send, values
from tests.customers.reading import LogIn, page
from tests.pages import links, only, values_of, words

pytestmark = pytest.mark.both_databases

NAMES = Path(__file__).parents[1] / "data" / "same_site_names.txt"
PAIRS = [pair.split("\n") for pair in NAMES.read_text("utf-8").strip().split("\n\n")]
MORE = [
    ["O'Hare Annex", "O'HARE ANNEX"],
    ["Pier 9", "Ｐｉｅｒ　９"],
    ["Pier 9", "Pier\u00a0 9"],
]
QUESTION = "Is this an existing installation?"


@pytest.fixture
def at_once(cast: Cast) -> Cast:
    """Harbor's orders are issued without review."""
    cast.harbor.auto_issue = True
    cast.harbor.save()
    return cast


@pytest.fixture
def client(at_once: Cast, log_in: LogIn) -> Client:
    return log_in(at_once.buyer)


def order_for(name: str, **fields: str) -> dict[str, str]:
    """A new site, and a purchase order that is new as well."""
    number = uuid.uuid4()
    return values(site_name=name, submission=str(number), po_number=f"PO {number.hex}", **fields)


def edit(client: Client, cast: Cast, data: dict[str, str], **button: str) -> Any:
    response = send(client, cast, {**data, **button})
    assert response.status_code == 200
    return response


def fields_of(response: Any) -> dict[str, str]:
    """The fields of the form, as the browser would send them."""
    form = response.context["form"]
    return {name: str(form.data.get(name, "")) for name in form.data}


def test_the_pairs_are_written_in_two_ways() -> None:
    assert len(PAIRS) == 3
    assert all(one != other for one, other in PAIRS)


@pytest.mark.parametrize(("first", "second"), [*PAIRS, *MORE])
def test_the_second_name_of_a_pair_is_asked_about(
    client: Client, at_once: Cast, first: str, second: str
) -> None:
    assert send(client, at_once, order_for(first)).status_code == 302
    response = send(client, at_once, order_for(second))
    assert response.status_code == 200
    assert QUESTION in words(response.content.decode())
    site = Installation.objects.get()
    assert site.site_name == first  # as it was typed
    assert Serial.objects.count() == 1
    for query in (first, second, second.upper(), f"  {second[-5:]}"):
        shown = client.get("/installations/", {"q": query}).context["page"].rows
        assert [each.site_name for each in shown] == [first], query


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_who_means_another_site_gets_one_and_finds_both(
    client: Client, at_once: Cast, first: str, second: str
) -> None:
    send(client, at_once, order_for(first))
    data = order_for(second)
    asked = send(client, at_once, data).content.decode()
    (token,) = values_of(asked, "confirmed")
    assert send(client, at_once, {**data, "confirmed": token}).status_code == 302
    assert list(Installation.objects.order_by("pk").values_list("site_name", flat=True)) == [
        first,
        second,
    ]
    for query in (first, second):
        shown = client.get("/installations/", {"q": query}).context["page"].rows
        assert {each.site_name for each in shown} == {first, second}


def test_an_open_order_for_the_site_is_asked_about_and_found(cast: Cast, log_in: LogIn) -> None:
    first, second = PAIRS[0]
    order = cast.order_new(first)
    client = log_in(cast.buyer)
    response = send(client, cast, order_for(second))
    assert QUESTION in words(response.content.decode())
    assert order.get_absolute_url() in response.content.decode()
    assert values_of(response, "use_site") == []  # it has no serial number yet
    assert str(order) in page(client, f"/installations/?q={second}")


# Use this site --------------------------------------------------------------------------------


def test_use_this_site_fills_in_its_serials_and_keeps_all_else(
    client: Client, at_once: Cast
) -> None:
    at_once.order_new("O'Hare Annex", ISS_Expert=4, VS_ES1=2)
    site = Installation.objects.get()
    data = order_for("O’Hare Annex", notify="ann@x.example")
    asked = send(client, at_once, data).content.decode()
    assert values_of(asked, "use_site") == [site.reference]
    used = fields_of(edit(client, at_once, data, use_site=site.reference))
    changed = {
        "kind": "existing",
        "serial_ISS": current(site, "ISS"),
        "serial_VAI": current(site, "VAI"),
    }
    assert used == {"company": used["company"], **data, **changed, "use_site": site.reference}
    del used["use_site"]
    assert send(client, at_once, used).status_code == 302
    order = Order.objects.latest("pk")
    assert (order.kind, order.installation, order.state) == ("existing", site, "issued")
    assert Installation.objects.get() == site


def test_a_serial_that_the_site_has_not_is_not_kept(client: Client, at_once: Cast) -> None:
    """It would be another site's."""
    at_once.order_new("O'Hare Annex", ISS_Expert=4)
    site = Installation.objects.get()
    data = order_for("O’Hare Annex", serial_VAI="VAI-7K3M-9QWX-4TZ8-2HPC")
    used = fields_of(edit(client, at_once, data, use_site=site.reference))
    assert (used["serial_ISS"], used["serial_VAI"]) == (current(site, "ISS"), "")


def test_nobody_uses_a_site_of_others(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1, VS_ES1=1)
    data = {**order_for(site.site_name), "company": str(cast.summit.pk)}
    client = log_in(cast.outsider)
    answer = client.post("/orders/new/", data)
    assert answer.status_code == 302  # nothing was asked: it is no site of theirs
    answer = client.post("/orders/new/", {**data, "use_site": site.reference})
    content = answer.content.decode()
    assert fields_of(answer)["kind"] == "new"
    assert not any(current(site, family) in content for family in ("ISS", "VAI"))


def test_an_end_customer_uses_its_own_site(cast: Cast, log_in: LogIn) -> None:
    site = cast.site(ISS_Expert=1)
    site.end_customer = cast.bayview
    site.save()
    client = log_in(member("ann@bayview.example", cast.bayview, Role.BUYER))
    data = {**order_for(site.site_name.upper()), "company": str(cast.bayview.pk)}
    asked = client.post("/orders/new/", data).content.decode()
    assert values_of(asked, "use_site") == [site.reference]
    used = client.post("/orders/new/", {**data, "use_site": site.reference})
    assert fields_of(used)["serial_ISS"] == current(site, "ISS")


# Similar --------------------------------------------------------------------------------------

NOTE = "Perhaps you mean an existing site:"


def test_a_similar_site_is_shown_and_nothing_is_asked(client: Client, at_once: Cast) -> None:
    at_once.order_new("Harbor Point Terminal")
    site = Installation.objects.get()
    data = order_for("Terminal Harbour Point")
    shown = edit(client, at_once, data, preview="1").content.decode()
    note = only(shown, "#similar-sites")
    assert NOTE in words(note)
    assert site.get_absolute_url() in links(note)
    assert values_of(note, "use_site") == [site.reference]
    assert QUESTION not in words(shown)
    assert current(site, "ISS") not in shown
    used = fields_of(edit(client, at_once, data, use_site=site.reference))
    assert (used["kind"], used["serial_ISS"]) == ("existing", current(site, "ISS"))
    assert send(client, at_once, data).status_code == 302
    assert Installation.objects.count() == 2


def test_a_similar_site_that_is_ordered_is_shown_with_its_order(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new("Bldg 4 Annex")
    done = cast.issue(cast.order_new("Building 5 Annex"))
    client = log_in(cast.buyer)
    shown = edit(client, cast, order_for("Building 4 Annex"), preview="1").content.decode()
    note = only(shown, "#similar-sites")
    assert order.get_absolute_url() in links(note)
    assert f"Bldg 4 Annex, {order}, Nov 24, 2026" in words(note).replace(" ,", ",")
    assert done.get_absolute_url() not in links(note)
    assert values_of(note, "use_site") == []


@pytest.mark.parametrize("name", ["Building B", "Harbor Point", "Terminal", "building a"])
def test_others_are_not_shown(cast: Cast, log_in: LogIn, name: str) -> None:
    for site in ("Building A", "Harbor Point Terminal"):
        cast.issue(cast.order_new(site))
    shown = edit(log_in(cast.buyer), cast, order_for(name), preview="1")
    assert NOTE not in words(shown.content.decode())


def test_a_similar_site_of_another_company_is_not_shown(cast: Cast, log_in: LogIn) -> None:
    cast.issue(cast.order_new("Harbor Point Terminal"))
    cast.order_new("Harbor Point Warehouse")
    data = {**order_for("Harbour Point Terminal"), "company": str(cast.summit.pk), "preview": "1"}
    shown = log_in(cast.outsider).post("/orders/new/", data)
    assert NOTE not in words(shown.content.decode())


# Lists ----------------------------------------------------------------------------------------


def test_sites_are_in_natural_order_page_by_page(cast: Cast, log_in: LogIn) -> None:
    names = ["Éclair", *(f"Site {number}" for number in range(1, 60)), "Zoo"]
    for name in sorted(names, key=lambda name: name[::-1]):
        Installation.objects.create(company=cast.harbor, site_name=name)
    client, seen, path = log_in(cast.buyer), [], "/installations/"
    while path:
        shown = client.get(path).context["page"]
        seen += [row.site_name for row in shown.rows]
        path = f"/installations/?after={shown.next_after}" if shown.next_after else ""
    assert seen == names


def test_companies_are_in_natural_order_where_they_are_chosen(cast: Cast, log_in: LogIn) -> None:
    names = ["Éclair", "Site 2", "site 10", "Zoo"]
    for name in reversed(names):
        company = type(cast.harbor).objects.create(name=name)
        Membership.objects.create(user=cast.buyer, company=company, role=Role.BUYER)
    form = log_in(cast.buyer).get("/orders/new/").context["form"]
    offered = [label for _value, label in form.fields["company"].choices]
    assert offered == ["Éclair", "Harbor Security", "Site 2", "site 10", "Zoo"]
    assert [membership.company.name for membership in cast.buyer.own_memberships] == offered


def test_a_later_order_for_the_site_ends_the_task_about_a_rejected_one(
    cast: Cast, log_in: LogIn
) -> None:
    from orders import actions  # noqa: PLC0415

    first, second = PAIRS[1]
    rejected = actions.reject(cast.order_new(first), by=cast.sales, reason="No.", at=NOW)
    client = log_in(cast.buyer)
    assert f"{rejected} was rejected" in words(page(client, "/home/"))
    cast.order_new(unicodedata.normalize("NFD", second), at=rejected.changed_at.replace(hour=23))
    assert f"{rejected} was rejected" not in words(page(client, "/home/"))
