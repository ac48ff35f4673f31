"""Installations at the desk: the ledger to read, dealer and site name to correct."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from zeal import zeal_ignore

from licensing.models import Installation, Lot, Movement, Revision, Serial
from orders.rules.problems import OrderRefused
from tests.cast import Cast, current
from tests.desk.staffed import At
from tests.licensing.invariants import violations
from tests.pages import has, words

LIST = "/admin/licensing/installation/"


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk("licensing.view_installation", "licensing.change_installation")


def page(site: Installation) -> str:
    return f"{LIST}{site.pk}/change/"


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def correct(client: Client, site: Installation, **fields: Any) -> Any:
    values = {
        "company": site.company_id,
        "end_customer": site.end_customer_id or "",
        "site_name": site.site_name,
        "reason": "Sold",
        **fields,
    }
    with zeal_ignore([{"model": "companies.Company", "field": "get*"}]):  # one for each field
        return client.post(page(site), values)


def ledger() -> list[list[dict[str, Any]]]:
    models: tuple[type[Model], ...] = (Serial, Lot, Movement)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_any_serial_of_the_history_finds_it(desk: Client, cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    old = current(site, "VAI")
    cast.issue(cast.order_existing(old, VS_ES1=1))
    for query in (old.lower().replace("-", " "), current(site, "VAI"), "POINT", "harbor sec"):
        assert page(site) in shown(desk, f"{LIST}?q={query}"), query
    for query in ("nowhere", old[:8], "x" * 500):
        assert page(site) not in shown(desk, f"{LIST}?q={query}"), query


def test_a_hostile_search_is_no_error(desk: Client, cast: Cast) -> None:
    for query in ("%00", "%27%3B--", "%25", "<script>"):
        assert not has(shown(desk, f"{LIST}?q={query}"), "main script:not([src])"), query


def test_the_page_shows_the_whole_ledger(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    old = current(site, "VAI")
    order = cast.issue(cast.order_existing(old, VS_ES1=3))
    text = shown(desk, page(site))
    for number in (old, current(site, "VAI"), current(site, "ISS")):
        assert number in words(text)
    assert order.revision is not None
    for expected in ("R1", "R2", str(order), cast.sales.email, order.revision.confirmation.subject):
        assert expected in text


def test_a_correction_is_a_revision_and_touches_no_serial(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=4, VS_ES1=2)
    before = ledger()
    correct(desk, site, company=cast.summit.pk, end_customer=cast.bayview.pk, site_name="Pier 9")
    site.refresh_from_db()
    assert (site.company, site.end_customer, site.site_name, site.site_name_key) == (
        cast.summit,
        cast.bayview,
        "Pier 9",
        "pier 9",
    )
    revision = site.revisions.latest("number")
    assert (revision.number, revision.cause, revision.by, revision.reference, revision.note) == (
        2,
        Revision.Cause.CORRECTION,
        cast.sales,
        "Sold",
        "dealer: Harbor Security → Summit Systems; end customer: none → Bayview Schools; "
        "site name: Harbor Point Terminal → Pier 9",
    )
    assert ledger() == before
    assert violations() == []
    assert "dealer: Harbor Security → Summit Systems" in shown(desk, page(site))


def test_saving_without_a_change_is_no_revision(desk: Client, cast: Cast) -> None:
    site = cast.site()
    correct(desk, site)
    assert site.revisions.count() == 1


def test_the_next_order_goes_on_after_a_correction(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    iss = current(site, "ISS")
    correct(desk, site, company=cast.summit.pk)
    order = cast.issue(cast.order_existing(iss, company=cast.summit, by=cast.outsider))
    assert current(site, "ISS") == iss
    assert str(order.revision) == "R3"
    assert violations() == []


def test_an_order_of_the_former_dealer_is_not_issued_any_more(desk: Client, cast: Cast) -> None:
    """Its confirmation would tell the new dealer's serial to the old one."""
    site = cast.site(VS_ES1=1)
    order = cast.order_existing(current(site, "VAI"), VS_ES1=1)
    correct(desk, site, company=cast.summit.pk)
    with pytest.raises(OrderRefused):
        cast.issue(order)
    order.refresh_from_db()
    assert order.state == "in_review"
    assert Serial.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site_name", ""),
        ("site_name", "x" * 121),
        ("site_name", "two\nlines"),
        ("site_name", "a\0b"),
        ("company", ""),
        ("company", "999999"),
        ("company", "abc"),
        ("end_customer", "9" * 30),
        ("reason", ""),
        ("reason", "x" * 61),
    ],
)
def test_hostile_values_are_an_error_and_change_nothing(
    desk: Client, cast: Cast, field: str, value: str
) -> None:
    site = cast.site()
    response = correct(desk, site, **{"site_name": "Pier 9", field: value})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    site.refresh_from_db()
    assert (site.site_name, site.revisions.count()) == ("Harbor Point Terminal", 1)


def test_no_other_field_can_be_posted(desk: Client, cast: Cast) -> None:
    site = cast.site()
    reference, at = site.reference, site.changed_at
    correct(desk, site, reference="hacked", revision_count=99, changed_at="2020-01-01", number="X")
    site.refresh_from_db()
    assert (site.reference, site.revision_count, site.changed_at) == (reference, 1, at)


def test_who_only_looks_corrects_nothing(at_desk: At, cast: Cast) -> None:
    site, client = cast.site(), at_desk("licensing.view_installation")
    assert "Reason" not in shown(client, page(site))
    assert correct(client, site, site_name="Pier 9").status_code == 403
    site.refresh_from_db()
    assert site.site_name == "Harbor Point Terminal"


def test_customers_see_that_something_was_corrected_and_not_what(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    correct(desk, site, company=cast.summit.pk, end_customer=cast.bayview.pk)
    client = Client()
    client.force_login(cast.end_customer)
    text = shown(client, f"/installations/{site.reference}/")
    assert "Correction" in text
    assert "Harbor Security" not in text
