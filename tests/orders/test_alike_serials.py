"""Serials of elsewhere that read alike, and labels before serials, at every door."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import User
from licensing.actions import import_installation
from licensing.models import Family, Installation
from licensing.serial_numbers import mint
from orders.models import Order
from orders.placement import Quote
from orders.quoting.answer_link import path_for
from orders.quoting.identify import resolve
from orders.rules.problems import (
    Candidate,
    OrderRefused,
    Problem,
    SerialAmbiguous,
    SerialNotFound,
    SerialsOfTwoSites,
)
from tests.alike import FIRST, SECOND, recorded
from tests.bulk.uploads import Desk, decided, existing
from tests.cast import NOW, Cast, current
from tests.customers.order_form import errors, values
from tests.kept_rows import kept
from tests.ordering import order_held
from tests.pages import attributes, values_of, words
from tests.statements import shapes
from tests.tries import forget_all

pytestmark = pytest.mark.both_databases

SLOPPY = "12 345 678"  # reads like both of them
LABELS = (Path(__file__).parent.parent / "data" / "serial_labels.txt").read_text("utf-8")
ASKED = "ISS: Serial numbers of several sites read like this. Which one do you mean?"
WHICH = (
    f"Serial numbers of several sites read like this: {SECOND} (New Mill) or {FIRST} (Old Mill)."
)


@kept
def mills(cast: Cast) -> tuple[Installation, Installation]:
    """Two sites of Harbor's whose serials read alike."""
    return recorded(cast, "Old Mill", FIRST), recorded(cast, "New Mill", SECOND)


@kept
def apart(cast: Cast) -> tuple[Installation, Installation]:
    """The same, one of Harbor's and one of Summit's."""
    return recorded(cast, "Old Mill", FIRST), recorded(
        cast, "New Mill", SECOND, company=cast.summit
    )


def client_of(user: User) -> Client:
    forget_all()
    client = Client()
    client.force_login(user)
    return client


def refused(cast: Cast, *quotes: Quote, company: Any = None) -> tuple[Problem, ...]:
    with pytest.raises(OrderRefused) as refusal:
        resolve(quotes, company=company or cast.harbor)
    return refusal.value.problems


def site_of(cast: Cast, text: str, company: Any = None) -> Installation:
    return resolve([Quote("ISS", text)], company=company or cast.harbor).installation


# What a quote means -----------------------------------------------------------------------


def test_exactly_as_written_it_is_that_one(cast: Cast, mills: tuple[Any, Any]) -> None:
    old, new = mills
    assert (site_of(cast, FIRST), site_of(cast, SECOND)) == (old, new)
    assert (site_of(cast, f" {FIRST} "), site_of(cast, f"S/N: {SECOND}")) == (old, new)


def test_read_like_both_it_is_asked_which(cast: Cast, mills: tuple[Any, Any]) -> None:
    which = (Candidate("New Mill", SECOND), Candidate("Old Mill", FIRST))
    for text in (SLOPPY, "12345678", "I2-345678", f"S/N: {SLOPPY}"):
        assert refused(cast, Quote("ISS", text)) == (SerialAmbiguous("ISS", which),)


def test_beside_one_that_is_unknown_both_are_told(cast: Cast, mills: tuple[Any, Any]) -> None:
    problems = refused(cast, Quote("ISS", SLOPPY), Quote("VAI", "VAI-1"))
    assert [(type(each), each.family) for each in problems] == [  # type: ignore[union-attr]
        (SerialNotFound, "VAI"),
        (SerialAmbiguous, "ISS"),
    ]
    assert refused(cast, Quote("ISS", FIRST), Quote("VAI", SECOND)) == (SerialsOfTwoSites(),)


def test_of_two_companies_each_finds_its_own(cast: Cast, apart: tuple[Any, Any]) -> None:
    old, new = apart
    for text in (SLOPPY, "12345678", f"Serie: {SLOPPY}"):
        assert site_of(cast, text) == old
        assert site_of(cast, text, cast.summit) == new
    assert site_of(cast, SECOND) == old  # written as the other's: as if alone
    assert refused(cast, Quote("ISS", SLOPPY), company=cast.bayview) == (SerialNotFound("ISS"),)


def test_the_end_customer_of_both_is_asked(cast: Cast, apart: tuple[Any, Any]) -> None:
    for site in apart:
        site.end_customer = cast.bayview
        site.save()
    (problem,) = refused(cast, Quote("ISS", SLOPPY), company=cast.bayview)
    assert isinstance(problem, SerialAmbiguous)
    assert site_of(cast, FIRST, cast.bayview) == apart[0]


def test_in_one_sites_own_history_it_is_the_one_of_that_family(cast: Cast) -> None:
    """Its serials may read alike as well: the user is not asked which site it is."""
    families = {family.code: family for family in Family.objects.all()}
    site = import_installation(
        company=cast.harbor,
        site_name="Old Mill",
        serials={families["ISS"]: FIRST, families["VAI"]: SECOND},
        by=cast.sales,
        at=NOW,
    )
    for family, number in (("ISS", FIRST), ("VAI", SECOND)):
        (found,) = resolve([Quote(family, SLOPPY)], company=cast.harbor).serials.values()
        assert (found.installation, found.number) == (site, number)


@pytest.mark.parametrize("label", LABELS.splitlines())
def test_a_label_changes_nothing(cast: Cast, label: str, mills: tuple[Any, Any]) -> None:
    assert site_of(cast, label + FIRST) == mills[0]


def test_a_serial_that_begins_like_a_label_is_that_serial(cast: Cast) -> None:
    labeled, bare = recorded(cast, "Old Mill", "SN 345678"), recorded(cast, "New Mill", "345678")
    glued = recorded(cast, "Far Mill", "SN12345")
    assert site_of(cast, "SN 345678") == labeled
    assert site_of(cast, "345678") == bare
    assert (
        site_of(cast, "SN12345")
        == site_of(cast, "sn12345")
        == site_of(cast, "S/N: SN12345")
        == glued
    )
    (problem,) = refused(cast, Quote("ISS", "sn: 345678"))  # either, as it is typed
    assert isinstance(problem, SerialAmbiguous)
    assert {each.number for each in problem.candidates} == {"SN 345678", "345678"}


# At each door -----------------------------------------------------------------------------


def ordered(client: Client, cast: Cast, serial: str, **more: str) -> Any:
    company = str(cast.harbor.pk)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": serial, "company": company}
    data = values(("ISS-Expert", "1"), submission=str(uuid.uuid4()), **fields, **more)
    return client.post("/orders/new/", data)


def test_the_form_asks_which_and_takes_the_answer(cast: Cast, mills: tuple[Any, Any]) -> None:
    client = client_of(cast.buyer)
    for more in ({}, {"without_serial": "on"}):
        response = ordered(client, cast, SLOPPY, **more)
        assert any(each.startswith(WHICH) for each in errors(response))
    buttons = values_of(response, "use_serial")
    assert buttons == [f"ISS|{SECOND}", f"ISS|{FIRST}"]
    response = ordered(client, cast, SLOPPY, po_number="")  # refused for something else already
    assert ASKED in words(response.content.decode())
    assert f"Use {FIRST}, Old Mill" in words(response.content.decode())
    chosen = ordered(client, cast, SLOPPY, use_serial=buttons[1])
    assert values_of(chosen, "serial_ISS") == [FIRST]
    assert ordered(client, cast, FIRST).status_code == 302
    order = Order.objects.get(kind="existing")
    assert (order.installation, order.serials.get().quoted) == (mills[0], FIRST)


def test_the_forecast_asks_and_does_not_say_held(cast: Cast, mills: tuple[Any, Any]) -> None:
    response = ordered(client_of(cast.buyer), cast, SLOPPY, without_serial="on", preview="1")
    said = words(response.content.decode())
    assert ASKED in said
    assert f"Use {FIRST}, Old Mill" in said
    assert "Held until the serial number is known" not in said


def test_the_form_keeps_what_was_typed(cast: Cast, mills: tuple[Any, Any]) -> None:
    typed = f"S/N: {FIRST}"
    assert ordered(client_of(cast.buyer), cast, typed).status_code == 302
    row = Order.objects.get(kind="existing").serials.get()
    assert (row.quoted, row.resolved and row.resolved.number) == (typed, FIRST)


def test_the_search_finds_both_or_the_one_that_is_meant(cast: Cast, mills: tuple[Any, Any]) -> None:
    client = client_of(cast.viewer)
    found = words(client.get("/installations/", {"q": SLOPPY}).content.decode())
    assert "Old Mill" in found
    assert "New Mill" in found
    for text, site in ((FIRST, mills[0]), (f"Número de serie: {SECOND}", mills[1])):
        response = client.get("/installations/", {"q": text})
        assert response.headers["Location"] == f"/installations/{site.reference}/"


def test_one_of_ours_is_found_with_its_label(cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    number = current(site, "ISS")
    for text in (f"S/N: {number}", f"Serial number: {number.lower()}", f"SN {number}"):
        response = client_of(cast.viewer).get("/installations/", {"q": text})
        assert response.headers["Location"] == f"/installations/{site.reference}/", text
        assert site_of(cast, text) == site


def held(cast: Cast) -> tuple[Order, Client]:
    return order_held(cast), client_of(cast.buyer)


def test_the_page_of_a_held_order_asks_which(cast: Cast, mills: tuple[Any, Any]) -> None:
    order, client = held(cast)
    path = f"/orders/{order.reference}/serial/"
    asked = client.post(path, {"serial_ISS": SLOPPY, "serial_VAI": ""}).content.decode()
    assert WHICH in words(asked)
    assert attributes(asked, 'button[type="submit"][name="serial_ISS"]', "value") == [SECOND, FIRST]
    client.post(path, {"serial_ISS": [SLOPPY, FIRST], "serial_VAI": ""})  # a button comes last
    order.refresh_from_db()
    assert order.installation == mills[0]


def test_the_link_in_a_mail_asks_without_naming_a_site(cast: Cast, mills: tuple[Any, Any]) -> None:
    order, _ = held(cast)
    path = path_for(order.events.latest("pk"))
    who = {"name": "Jo Field", "email": "jo@site.example"}
    said = words(Client().post(path, {"serial_ISS": SLOPPY, **who}).content.decode())
    assert "Serial numbers of several sites read like this. Write it exactly" in said
    assert "Mill" not in said
    assert FIRST not in said
    sent = {"serial_ISS": f"SN: {FIRST}", **who, "go_on": mills[0].reference}
    assert "goes on" in words(Client().post(path, sent).content.decode())
    order.refresh_from_db()
    assert order.installation == mills[0]


def test_a_file_refuses_the_row_and_says_what_to_write(cast: Cast, mills: tuple[Any, Any]) -> None:
    forget_all()
    upload = Desk(cast).preview(
        existing("1", SLOPPY), existing("2", FIRST), existing("3", f"S/N: {SECOND}")
    )
    first, *others = decided(upload)
    assert first[0] == "refused"
    assert WHICH in first[1]
    assert [status for status, _ in others] == ["in_review", "in_review"]


def test_two_rows_of_one_order_keep_the_serials_apart(cast: Cast, mills: tuple[Any, Any]) -> None:
    """The second is not taken for the first: together they are two orders."""
    forget_all()
    upload = Desk(cast).preview(existing("1", FIRST), existing("1", SECOND, part_number="ISS-RTP"))
    assert list(upload.orders.values_list("site", flat=True)) == [
        "Old Mill",
        "New Mill",
    ]


# A stranger can’t probe ---------------------------------------------------------------------


def guess(client: Client, cast: Cast, text: str) -> tuple[int, list[str], list[str]]:
    """Status, error texts and statements of an order of Summit's that quotes it."""
    company = str(cast.summit.pk)
    data = values(kind="existing", serial_ISS=text, company=company, submission=str(uuid.uuid4()))
    with CaptureQueriesContext(connection) as captured:
        response = client.post("/orders/new/", data)
    return response.status_code, errors(response), shapes(captured)


def test_unknown_anothers_and_two_of_anothers_are_answered_alike(
    cast: Cast, mills: tuple[Any, Any]
) -> None:
    client = client_of(cast.outsider)
    guess(client, cast, "VAI-1")  # what is looked up once is kept
    unknown = guess(client, cast, "12-345670")
    assert unknown[0] == 200
    assert unknown[1][0].startswith("No installation of yours has this serial number.")
    for text in (FIRST, SECOND, SLOPPY, "12345678"):
        assert guess(client, cast, text) == unknown, text
    labeled = guess(client, cast, "S/N: 12-345670")
    for text in (f"S/N: {FIRST}", f"S/N: {SLOPPY}"):
        assert guess(client, cast, text) == labeled, text


def test_a_search_for_them_finds_nothing_by_the_same_statements(
    cast: Cast, mills: tuple[Any, Any]
) -> None:
    cast.issue(cast.order_new("Pier 1", company=cast.summit, by=cast.outsider))
    client = client_of(cast.outsider)

    def search(text: str) -> tuple[str, list[str]]:
        with CaptureQueriesContext(connection) as captured:
            content = client.get("/installations/", {"q": text}).content.decode()
        found = words(content).replace(text, "…")
        return found, shapes(captured)

    search(mint("ISS"))
    for text in (FIRST, SECOND, SLOPPY):
        unknown = search(text.translate(str.maketrans("123456789", "987654321")))  # as many words
        assert "Nothing found" in unknown[0]
        assert search(text) == unknown, text
