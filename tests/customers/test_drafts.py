"""Orders that were begun, and old ones once more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from orders.drafts import MAX_DRAFTS
from orders.models import Draft, Order
from tests.cast import NOW, Cast, current
from tests.customers.test_order_forecast import text_of
from tests.customers.test_order_form import errors, values


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.buyer)
    return client


def save(client: Client, **fields: str) -> Any:
    return client.post("/orders/new/", {**values(**fields), "save_draft": "1"})


def test_a_draft_is_kept_as_it_is_however_wrong(client: Client) -> None:
    wrong = {"po_number": "", "site_name": "<b>\x00", "serial_ISS": "ISS-?", "notify": "not one"}
    response = save(client, **wrong)
    draft = Draft.objects.get()
    assert response.headers["Location"] == draft.get_absolute_url()
    opened = client.get(draft.get_absolute_url())
    form = opened.context["form"]
    assert form["site_name"].value() == "<b>"
    assert form["serial_ISS"].value() == "ISS-?"
    assert form.lines.forms[0]["quantity"].value() == "4"
    assert errors(opened) == []
    assert not Order.objects.exists()


def test_only_its_fields_are_kept(client: Client) -> None:
    client.post(
        "/orders/new/", {**values(), "save_draft": "1", "x": "y" * 100_000, "lines-9-x": "z"}
    )
    kept = Draft.objects.get().data
    assert {"x", "save_draft", "lines-9-x", "csrfmiddlewaretoken"}.isdisjoint(kept)


def test_a_draft_is_saved_anew_and_placed_once(client: Client, cast: Cast) -> None:
    save(client)
    draft = Draft.objects.get()
    client.post(draft.get_absolute_url(), {**values(po_number="4712"), "save_draft": "1"})
    assert Draft.objects.get().data["po_number"] == ["4712"]
    for _ in range(2):
        client.post(
            draft.get_absolute_url(), {**values(po_number="4712"), "company": cast.harbor.pk}
        )
    assert Order.objects.get().po_number == "4712"
    assert not Draft.objects.exists()


def test_a_draft_is_its_author_s_alone(client: Client, cast: Cast) -> None:
    save(client)
    address = Draft.objects.get().get_absolute_url()
    colleague = Client()
    colleague.force_login(cast.owner)
    for path in (address, f"{address}delete/"):
        assert colleague.post(path, values()).status_code == 404
    assert "Your drafts" not in text_of(colleague.get("/orders/"))
    assert "Your drafts" in text_of(client.get("/orders/"))
    client.post(f"{address}delete/")
    assert not Draft.objects.exists()


def test_there_is_an_end_to_drafts(client: Client, cast: Cast) -> None:
    for _ in range(MAX_DRAFTS):
        Draft.objects.create(author=cast.buyer, data={}, saved_at=NOW)
    assert "You have 50 drafts. Place or delete one of them first." in text_of(save(client))
    assert Draft.objects.count() == MAX_DRAFTS


def test_a_draft_says_that_the_installation_changed(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": current(site, "ISS")}
    shown = client.post("/orders/new/", {**values(**fields), "preview": "1"})
    save(client, **fields, seen=shown.context["form"].seen_now)
    cast.issue(cast.order_existing(current(site, "ISS"), ISS_RTP=1))
    opened = client.get(Draft.objects.get().get_absolute_url())
    assert "has changed since you looked: it was at R1 and is at R2" in text_of(opened)


def test_an_old_order_once_more(client: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    old = site.orders.get()
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    again = f"/orders/new/?again={old.reference}"
    assert f'href="{again}"' in client.get(old.get_absolute_url()).content.decode()
    opened = client.get(again)
    form = opened.context["form"]
    assert form["kind"].value() == "existing"
    assert form["serial_VAI"].value() == current(site, "VAI"), "the current one, not that of then"
    assert not form["po_number"].value()
    lines = [(line["product"].value(), line["quantity"].value()) for line in form.lines.forms]
    assert lines == [("ISS-Expert", "4"), ("VS-ES1", "2")]
    theirs = cast.order_new(company=cast.summit, by=cast.outsider)
    assert client.get(f"/orders/new/?again={theirs.reference}").status_code == 404
