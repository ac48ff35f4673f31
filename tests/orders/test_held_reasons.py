"""Each place that tells of a held order says the same: why it is held, and what it lacks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy

import pytest
import time_machine
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from orders import actions
from orders.bulk import actions as bulk
from orders.models import Order
from orders.models.bulk import BulkUpload
from orders.placement import Quote
from orders.quoting.answer_link import path_for
from orders.rules.problems import OrderRefused, SerialMissing
from orders.wording import sentence
from outbox.actions import content_of
from outbox.models import Message
from tests.cast import NOW, Cast, current
from tests.customers.order_form import values
from tests.kept_rows import kept
from tests.ordering import order_held

UNKNOWN = "ISS-0000-0000-0000-0000"
LINK_ENDS = "Dec 24, 2026"  # 30 days after NOW
HEADER = "po_number,kind,site_name,serial_number,part_number,quantity,action"


@dataclass(frozen=True)
class Held:
    """An order that is held, and what each place is to say of it."""

    order: Order
    why: str
    lacks_installation: bool  # staff can’t take it back into review
    takes_serial: bool  # one lets it go on

    @property
    def admin(self) -> str:
        return f"/admin/orders/order/{self.order.pk}/"

    @property
    def answer(self) -> str:
        return path_for(self.order.events.latest("pk"))


@kept
def held(cast: Cast) -> dict[str, Held]:
    """One for each reason."""
    site = cast.site(ISS_Expert=4)
    asked, new = cast.order_existing(current(site, "ISS")), cast.order_new("Gate 4")
    actions.hold(asked, by=cast.sales, reason="Which gate?", at=NOW)
    actions.hold(new, by=cast.sales, reason="Which street?", at=NOW)
    missing, not_found = order_held(cast), order_held(cast, UNKNOWN)
    rows = {
        "serial_missing": Held(missing, "The serial number is missing.", True, True),
        "serial_not_found": Held(not_found, "The serial number was not found.", True, True),
        "sales": Held(asked, "Which gate?", False, True),
        "sales, of a new site": Held(new, "Which street?", False, False),
    }
    for each in rows.values():
        each.order.refresh_from_db()
    return rows


REASONS = ["serial_missing", "serial_not_found", "sales", "sales, of a new site"]


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=REASONS)
def one(request: pytest.FixtureRequest, held: dict[str, Held]) -> Held:
    return held[request.param]


@pytest.fixture
def buyer(cast: Cast) -> Client:
    return entered(cast.buyer)


@pytest.fixture
def sales(cast: Cast) -> Client:
    return entered(cast.sales)


def entered(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def lines_of(client: Client, path: str, selector: str) -> list[str]:
    """The words of each place on the page that the selector finds."""
    response = client.get(path)
    assert response.status_code == 200, path
    found = LexborHTMLParser(response.content).css(selector)
    return [" ".join((node.text() or "").split()) for node in found]


def mail_of(one: Held) -> str:
    """The mail to the orderer."""
    for message in Message.objects.order_by("-pk"):
        mail = message_from_bytes(content_of(message), policy=policy.default)
        body = mail.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        if "is held" in text and one.order.reference in text:
            return text
    raise AssertionError("There was no mail about it")


PLACES: dict[str, Callable[[Held, Client, Client], list[str]]] = {
    "trail": lambda one, _buyer, _sales: [one.order.events.latest("pk").why],
    "mail": lambda one, _buyer, _sales: mail_of(one).splitlines(),
    "home": lambda one, buyer, _sales: lines_of(buyer, "/home/", "main li"),
    "order's page": lambda one, buyer, _sales: lines_of(
        buyer, one.order.get_absolute_url(), "main li"
    ),
    "answer page": lambda one, _buyer, _sales: lines_of(Client(), one.answer, "main p"),
    "desk's page": lambda one, _buyer, sales: lines_of(
        sales, f"{one.admin}change/", ".desk-notice p"
    ),
    "desk's list": lambda one, _buyer, sales: lines_of(
        sales, "/admin/orders/order/?status=held", "td.field-held_because"
    ),
    "desk's first page": lambda one, _buyer, sales: lines_of(sales, "/admin/", "td.text-cell"),
}


def test_each_place_says_why(one: Held, buyer: Client, sales: Client) -> None:
    places = {
        name: read(one, buyer, sales)
        for name, read in PLACES.items()
        if one.takes_serial or name != "answer page"
    }
    silent = [name for name, said in places.items() if not any(one.why in each for each in said)]
    assert silent == [], [places[name] for name in silent]


def test_each_place_knows_whether_a_serial_number_is_the_answer(
    one: Held, cast: Cast, buyer: Client, sales: Client
) -> None:
    field, link = "input[name=serial_ISS]", f"a[href='{one.admin}serial/']"
    asked = {
        "rule": one.order.takes_serial,
        "mail": "/orders/answer/" in mail_of(one),
        "answer page": Client().get(one.answer).status_code == 200,
        "order's page": bool(lines_of(buyer, one.order.get_absolute_url(), field)),
        "desk's page": bool(lines_of(sales, f"{one.admin}change/", link)),
        "desk, of the mail": LINK_ENDS in str(PLACES["desk's page"](one, buyer, sales)),
        "verb": refusal_of_a_serial(one, cast) == ["serial_not_found"],
    }
    assert asked == dict.fromkeys(asked, one.takes_serial)


def refusal_of_a_serial(one: Held, cast: Cast) -> list[str]:
    with pytest.raises(OrderRefused) as refused:
        actions.supply_serial(one.order, quotes=[Quote("ISS", UNKNOWN)], by=cast.sales, at=NOW)
    return [problem.code for problem in refused.value.problems]


def test_each_place_knows_whether_the_installation_is_lacking(
    one: Held, cast: Cast, buyer: Client, sales: Client
) -> None:
    page = str(lines_of(buyer, one.order.get_absolute_url(), "main p"))
    lacking = {
        "rule": one.order.lacks_installation,
        "desk's question": sentence(SerialMissing())
        in str(lines_of(sales, f"{one.admin}release/", "main, #content")),
        "verb": not is_released(one, cast),
    }
    if one.takes_serial:
        lacking["order's page"] = "The order then goes on." in page
        assert ("goes back into review" in page) is not one.lacks_installation
    assert lacking == dict.fromkeys(lacking, one.lacks_installation)


def is_released(one: Held, cast: Cast) -> bool:
    if not one.order.lacks_installation:
        return actions.release(one.order, by=cast.sales, at=NOW).state == "in_review"
    with pytest.raises(OrderRefused) as refused:
        actions.release(one.order, by=cast.sales, at=NOW)
    assert [problem.code for problem in refused.value.problems] == ["serial_missing"]
    return False


# Before it is placed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "reason"), [("", "serial_missing"), (UNKNOWN, "serial_not_found")]
)
def test_form_and_file_hold_it_for_the_same(
    held: dict[str, Held], cast: Cast, buyer: Client, quoted: str, reason: str
) -> None:
    data = values(
        company=str(cast.harbor.pk),
        kind="existing",
        site_name="",
        serial_ISS=quoted,
        without_serial="on",
        po_number="PO-9",
    )
    shown = buyer.post("/orders/new/", {**data, "preview": "1"})
    assert shown.context["form"].preview.held_for == reason
    assert buyer.post("/orders/new/", data).status_code == 302
    assert Order.objects.get(po_number="PO-9").held_for == reason
    file = bulk.upload(
        company=cast.harbor,
        file=io.BytesIO(f"{HEADER}\nPO-10,existing,,{quoted},ISS-Expert,1,add\n".encode()),
        name="orders.csv",
        by=cast.buyer,
    )
    while file.is_running:
        bulk.go_on(file, by=cast.buyer)
    row = file.orders.get()
    assert (row.status, row.reasons) == ("held", [[None, held[reason].why]])


# What tells them apart -------------------------------------------------------------------


def finished(file: BulkUpload, cast: Cast) -> BulkUpload:
    while file.is_running:
        bulk.go_on(file, by=cast.buyer)
    return file


def test_held_orders_of_one_file_are_each_called_by_what_their_row_says(
    cast: Cast, buyer: Client, sales: Client
) -> None:
    rows = [
        "PO-21,existing,Gate 7,,ISS-Expert,1,add",
        f"PO-22,existing,,{UNKNOWN},ISS-Expert,1,add",
        "PO-23,existing,,,ISS-Expert,1,add",
    ]
    content = "\n".join([HEADER, *rows]).encode()
    file = bulk.upload(
        company=cast.harbor, file=io.BytesIO(content), name="orders.csv", by=cast.buyer
    )
    placed = finished(bulk.place(finished(file, cast), by=cast.buyer), cast)
    assert placed.tally == {"held": 3}
    called = ["“Gate 7” in the file", f"Site of {UNKNOWN}", "Site not known"]
    said = {
        "home": lines_of(buyer, "/home/", "main li"),
        "desk's first page": lines_of(sales, "/admin/", ".queue tr"),
        "desk's list": lines_of(sales, "/admin/orders/order/?status=held", "#result_list tr"),
    }
    for place, texts in said.items():
        for number, name in zip(("21", "22", "23"), called, strict=True):
            assert any(f"PO-{number}" in text and name in text for text in texts), (place, name)


WHAT_NOW = {
    "serial_missing": ("Give it, and the order goes on.", "Give serial number"),
    "serial_not_found": ("Give it, and the order goes on.", "Give serial number"),
    "sales": ("Answer sales, or give the serial number of the site", "Give serial number"),
    "sales, of a new site": ("Answer sales: they take the order back", "Open order"),
}


@pytest.mark.parametrize(("reason", "what_now"), WHAT_NOW.items())
def test_home_says_what_lets_it_go_on(
    held: dict[str, Held], cast: Cast, buyer: Client, reason: str, what_now: tuple[str, str]
) -> None:
    (todo,) = [
        text
        for text in lines_of(buyer, "/home/", "main li")
        if f"{held[reason].order} is held" in text
    ]
    assert all(part in todo for part in what_now)
    viewers = str(lines_of(entered(cast.viewer), "/home/", "main li"))
    assert held[reason].why in viewers
    assert what_now[0] not in viewers
