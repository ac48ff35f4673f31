"""A user who may look something up goes on; one who guesses is stopped, and no other user."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import User
from licensing.models import Installation
from licensing.serial_numbers import mint
from limits.declared import GUESSES, ORDER_FORM, SEARCH
from orders import actions
from orders.models import Order
from orders.placement import Quote
from orders.rules.problems import OrderRefused, SerialNotFound, TooManyMisses
from portal.desk.roles import SALES, load_roles
from tests.cast import NOW, Cast, current, person
from tests.customers.order_form import errors, values
from tests.kept_rows import kept
from tests.ordering import order_held
from tests.pages import words
from tests.statements import shapes
from tests.tries import use_up

TOO_MANY = "Too many serial numbers that were not found."


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=2)


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ordering(cast: Cast, serial: str) -> dict[str, str]:
    company = str(cast.harbor.pk)
    return values(company=company, kind="existing", serial_ISS=serial, submission=str(uuid.uuid4()))


def quote(cast: Cast, serial: str, by: User, **more: Any) -> Order:
    return actions.place_existing(
        company=cast.harbor,
        po_number=f"PO {uuid.uuid4()}",
        quotes=[Quote("ISS", serial)],
        lines=cast.lines(ISS_Expert=1),
        by=by,
        at=NOW,
        **more,
    )


# Work ---------------------------------------------------------------------------------------


def test_searches_pause_and_everything_else_goes_on(cast: Cast) -> None:
    client, colleague = logged_in(cast.buyer), logged_in(cast.viewer)
    search = "/installations/?q=ISS-0000-0000-0000-0000"
    use_up(SEARCH, cast.buyer.pk)
    refused = client.get(search)
    assert 0 < int(refused["Retry-After"]) <= 61
    assert refused.status_code == 429
    assert "we pause after many tries in a row. Wait" in words(refused.content.decode())
    for path in ("/installations/", "/orders/", "/orders/new/", "/home/"):
        assert client.get(path).status_code == 200, path
    assert client.post("/orders/new/", ordering(cast, "ISS-0000")).status_code == 200
    assert colleague.get(search).status_code == 200


def test_a_search_is_no_guess_whatever_it_finds(cast: Cast) -> None:
    client = logged_in(cast.buyer)
    for number in range(GUESSES.windows[0].tries + 5):
        assert client.get(f"/installations/?q=ISS-0000-0000-0000-{number:04}").status_code == 200
    assert TOO_MANY not in errors(client.post("/orders/new/", ordering(cast, "ISS-0000")))[0]


def test_forms_that_quote_serials_pause_together(cast: Cast, site: Installation) -> None:
    client, held = logged_in(cast.buyer), order_held(cast)
    supply = f"/orders/{held.reference}/serial/"
    use_up(ORDER_FORM, cast.buyer.pk)
    before = Order.objects.count()
    right = current(site, "ISS")
    assert client.post("/orders/new/", ordering(cast, right)).status_code == 429
    assert client.post(supply, {"serial_ISS": right}).status_code == 429
    assert Order.objects.count() == before
    assert client.get("/installations/?q=ISS-0000").status_code == 200


# Guesses ------------------------------------------------------------------------------------


def test_a_right_serial_of_ones_own_goes_on_whatever_was_guessed_before(
    cast: Cast, site: Installation
) -> None:
    use_up(GUESSES, cast.buyer.pk)
    client, right, held = logged_in(cast.buyer), current(site, "ISS"), order_held(cast)
    assert errors(client.post("/orders/new/", ordering(cast, mint("ISS"))))[0].startswith(TOO_MANY)
    shown = client.post("/orders/new/", ordering(cast, right) | {"preview": "on"})
    assert TOO_MANY not in shown.content.decode()
    assert quote(cast, right, cast.buyer).installation == site
    answered = client.post(f"/orders/{held.reference}/serial/", {"serial_ISS": right})
    assert answered.status_code == 302
    held.refresh_from_db()
    assert held.installation == site


def test_beyond_the_limit_unknown_and_foreign_ones_are_one_answer_by_the_same_statements(
    cast: Cast, site: Installation
) -> None:
    foreign = cast.issue(cast.order_new(by=cast.outsider, company=cast.summit)).installation
    assert foreign
    use_up(GUESSES, cast.buyer.pk)
    seen = []
    for serial in (mint("ISS"), current(foreign, "ISS"), mint("ISS")):
        with CaptureQueriesContext(connection) as captured, pytest.raises(OrderRefused) as refused:
            quote(cast, serial, cast.buyer)
        assert [type(each) for each in refused.value.problems] == [TooManyMisses]
        seen.append(shapes(captured))
    assert seen[0] == seen[1] == seen[2]


def test_who_may_see_all_installations_guesses_nothing(cast: Cast) -> None:
    load_roles()
    cast.sales.groups.add(Group.objects.get(name=SALES.name))
    for number in range(GUESSES.windows[0].tries + 2):
        with pytest.raises(OrderRefused) as refused:
            quote(cast, f"ISS-UNKNOWN-{number}", cast.sales, ordered_for=cast.buyer)
        assert isinstance(refused.value.problems[0], SerialNotFound)


def test_staff_who_may_not_see_them_are_limited_like_anybody(cast: Cast) -> None:
    clerk = person("clerk@vendor.example", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="hold_order"))
    use_up(GUESSES, clerk.pk)
    held = order_held(cast)
    with pytest.raises(OrderRefused) as refused:
        actions.supply_serial(held, quotes=[Quote("ISS", "ISS-UNKNOWN")], by=clerk, at=NOW)
    assert [type(each) for each in refused.value.problems] == [TooManyMisses]
