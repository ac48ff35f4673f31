"""Every page that prints a serial number, and what each reader is told there.

A site of Harbor's went to Summit. Its VAI serial was replaced twice: V1 by V2 while it was
Harbor's, V2 by V3 after that. I is its ISS serial, which stays.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborNode
from zeal import zeal_ignore

from companies.models import Membership, Role, User
from licensing.models import Installation
from licensing.permissions import can_see, can_see_all
from notifications.notices.changeover import entered_url
from orders import actions
from orders.bulk import actions as bulk
from orders.models import Order
from orders.models.bulk import BulkUpload
from orders.placement import Quote
from orders.quoting.answer_link import path_for
from portal.desk.roles import load_roles
from tests.cast import NOW, Cast, clerk, current, member
from tests.desk.staffed import staff
from tests.kept_rows import kept
from tests.ordering import order_held
from tests.pages import attributes, every, links, only, settled, values_of, words, words_of
from tests.tries import forget_all
from tests.world import path_of, routes

DAY = dt.timedelta(days=1)
FILE = (
    "po_number,kind,site_name,serial_number,part_number,quantity,action\n"
    "PO-9001,existing,,{serial},VS-ES1,1,add\n"
    "PO-9002,new,Pier 9,,ISS-Expert,1,add\n"
)
READERS = ["dealer", "end_customer", "former_dealer", "anonymous", "sales", "auditor"]
NOBODY = ["former_member", "clerk"]

# What each reads. V1- is struck out, V1@ is told as of a day, V1" is a text of somebody's own.
PAGES = """
route               page          dealer            end_customer      former_dealer    anonymous  sales       auditor
home                site          I,V4              I,V4              -                -          -           -
installations       site          I,V4              I,V4              -                -          -           -
installation        site          I,V1-,V2-,V3-,V4  I,V1-,V2-,V3-,V4  -                -          -           -
order_new           installation  I,V4              -                 -                -          -           -
order_new           renew         I,V4              -                 -                -          -           -
order_new           again-3       I,V4              -                 -                -          -           -
order_new           again-4       I,V4              -                 -                -          -           -
order_new           again-review  I,V4              -                 -                -          -           -
order               1             -                 -                 I@,V1@           -          -           -
order               2             -                 -                 I@,V1-,V1-@,V2@  -          -           -
order               held          -                 -                 V1-@,V2@         -          -           -
order               3             I,V1-,V2-,V3-,V4  -                 -                -          -           -
order               4             I,V3-,V4          -                 -                -          -           -
order               review        V2-,V3-,V4        -                 -                -          -           -
order_confirmation  1             -                 -                 I@,V1@           -          -           -
order_confirmation  2             -                 -                 I@,V2@           -          -           -
order_confirmation  3             I,V3-,V4          -                 -                -          -           -
order_confirmation  4             I,V4              -                 -                -          -           -
order_bulk_upload   file          -                 -                 V1"              -          -           -
serial_entered      V2            V2-,V3-,V4        V2-,V3-,V4        V2@              V2@        V2-,V3-,V4  V2-,V3-,V4
serial_entered      V3            V3-,V4            V3-,V4            V3@              V3@        V3-,V4      V3-,V4
"""  # noqa: E501
DESK = """
route                          page    sales                    auditor
licensing_installation_change  site    I,V1-,V2-,V3-,V4         I,V1-,V2-,V3-,V4
orders_order_change            1       I,V1-,V2-,V4             I,V1-,V2-,V4
orders_order_change            2       I,V1",V1-,V2-,V3-,V4     I,V1",V1-,V2-,V3-,V4
orders_order_change            held    V1",V1-,V2-,V4           V1",V1-,V2-,V4
orders_order_change            3       I,I",V1",V1-,V2-,V3-,V4  I,I",V1",V1-,V2-,V3-,V4
orders_order_change            4       I,V3",V3-,V4             I,V3",V3-,V4
orders_order_change            review  I,V2",V2-,V3-,V4         I,V2",V2-,V3-,V4
orders_order_serial            3       I,V4                     -
orders_order_serial            4       I,V4                     -
orders_order_serial            review  I,V4                     -
orders_order_issue             review  I,V4                     -
orders_order_confirmation      1       I,V1-,V2-,V4             I,V1-,V2-,V4
orders_order_confirmation      2       I,V2-,V3-,V4             I,V2-,V3-,V4
orders_order_confirmation      3       I,V3-,V4                 I,V3-,V4
orders_order_confirmation      4       I,V4                     I,V4
"""
# What prints numbers besides, and needs no standing for them
KEPT = {
    "order_confirmation": "the letter as it was sent",
    "order_confirmation_copy": "the letter as it was sent",
    "orders_order_confirmation": "the letter as it was sent",
    "orders_order_confirmation_delivery": "the same as a file",
    "outbox_message_change": "the letter as it was sent",
    "order_bulk_result": "a file; its last column tells the standing",
    "licensing_family_delete": "Django's own list of what stands in the way",
}


@dataclass
class Scene:
    site: Installation
    numbers: dict[str, str]  # V1, V2, V3 and I → the number
    orders: dict[str, Order]
    upload: BulkUpload
    links: dict[str, dict[str, str]]
    readers: dict[str, User]

    def client(self, reader: str) -> Client:
        client = Client()
        if reader in self.readers:
            client.force_login(self.readers[reader])
        return client

    def paths(self, name: str, route: str) -> dict[str, str]:
        """The pages of a route: of each order, of the site, or the one that there is."""
        if route.startswith("admin/orders/order/<"):
            path = re.sub(r"/\d+/", "/{}/", path_of(route), count=1)
            return {key: path.format(order.pk) for key, order in self.orders.items()}
        if name in self.links:
            return self.links[name]
        site = self.site.reference
        if name == "order_new":
            starts = {"installation": site, "renew": site}
            again = {f"again-{key}": order.reference for key, order in self.orders.items()}
            return {
                **{key: f"{reverse(name)}?{key}={value}" for key, value in starts.items()},
                **{key: f"{reverse(name)}?again={value}" for key, value in again.items()},
            }
        if name in ("order", "order_confirmation", "order_confirmation_copy"):
            more = ["en", "html"] if name.endswith("copy") else []
            return {
                key: reverse(name, args=[order.reference, *more])
                for key, order in self.orders.items()
            }
        if name in ("order_bulk_upload", "order_bulk_result"):
            return {"file": reverse(name, args=[self.upload.reference])}
        return {"site": reverse(name, args=[site]) if name == "installation" else path_of(route)}


@kept
def scene(cast: Cast) -> Scene:
    load_roles()
    cast.harbor.auto_issue = True
    cast.harbor.save()
    former = member("former@dealer.example", cast.harbor, Role.BUYER)
    first = cast.order_new(VS_ES1=1, ISS_Expert=1)
    assert first.installation
    site = first.installation
    numbers = {"V1": current(site, "VAI"), "I": current(site, "ISS")}
    with time_machine.travel(NOW + DAY, tick=False):
        upload = bulk.upload(
            company=cast.harbor,
            file=io.BytesIO(FILE.format(serial=numbers["V1"]).encode()),
            name="orders.csv",
            by=cast.buyer,
        )
        for step in (bulk.go_on, bulk.place, bulk.go_on):
            step(upload, by=cast.buyer)
    second = Order.objects.get(po_number="PO-9001")
    numbers["V2"] = current(site, "VAI")
    links = [entered_url(site.serials.current().get(family="VAI"))]
    cast.harbor.auto_issue = False
    cast.harbor.save()
    held = cast.order_existing(numbers["V1"], VS_ES1=1, at=NOW + DAY)
    actions.hold(held, by=cast.sales, reason="Which?", at=NOW + DAY)
    answer = path_for(held.events.latest("pk"))
    site.refresh_from_db()
    site.company, site.end_customer = cast.summit, cast.bayview
    site.save()
    later = NOW + 2 * DAY
    third = cast.issue(summit_orders(cast, numbers["V1"], numbers["I"], at=later), at=later)
    numbers["V3"] = current(site, "VAI")
    links.append(entered_url(site.serials.current().get(family="VAI")))
    later += DAY
    fourth = cast.issue(summit_orders(cast, numbers["V3"], at=later), at=later)
    numbers["V4"] = current(site, "VAI")
    review = summit_orders(cast, numbers["V2"], at=later)
    Membership.objects.filter(user=former).delete()
    return Scene(
        site=site,
        numbers=numbers,
        orders={
            "1": first,
            "2": second,
            "held": held,
            "3": third,
            "4": fourth,
            "review": review,
        },
        upload=upload,
        links={
            "serial_entered": dict(zip(("V2", "V3"), map(path_in, links), strict=True)),
            "order_answer": {"held": answer},
        },
        readers={
            "dealer": cast.outsider,
            "end_customer": cast.end_customer,
            "former_dealer": cast.buyer,
            "former_member": former,
            "sales": staff("Sales"),
            "auditor": staff("Auditor"),
            "clerk": clerk(),
            "superuser": User.objects.create_superuser("root@vendor.example"),
        },
    )


def summit_orders(cast: Cast, *serials: str, at: dt.datetime) -> Order:
    return cast.order_existing(*serials, company=cast.summit, by=cast.outsider, at=at, VS_ES1=1)


def path_in(url: str) -> str:
    return urlsplit(url).path


def read(content: str, numbers: dict[str, str]) -> set[str]:
    """The serials of the site that a page prints, each with its mark."""
    names = {number: name for name, number in numbers.items()}
    printed = [(names.get(words(each)), each) for each in every(content, ".serial")]
    return {name + mark_of(each) for name, each in printed if name}


def mark_of(serial: LexborNode) -> str:
    looks = (serial.attributes["class"] or "").split()
    if "quoted" in looks:
        return '"'
    told = next(filter(is_told, ancestors(serial)), None)
    as_of = told is not None and "As of" in words(told)
    return ("-" if "old" in looks else "") + ("@" if as_of else "")


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    while node.parent is not None:
        node = node.parent
        yield node


def is_told(node: LexborNode) -> bool:
    return "told" in (node.attributes.get("class") or "").split()


def printed_bare(content: str, numbers: dict[str, str]) -> set[str]:
    """The numbers that stand on the page outside of values of fields and buttons."""
    text = settled(content, "data-copy")
    return {name for name, number in numbers.items() if number in text}


def pages(scene: Scene, reader: str, route: str, name: str) -> Iterator[tuple[str, str]]:
    """The pages that open, by their keys."""
    client = scene.client(reader)
    for key, path in scene.paths(name, route).items():
        forget_all()
        # Django's own form of a group asks for each permission
        with time_machine.travel(NOW + 4 * DAY, tick=False), zeal_ignore():
            response = client.get(path)
        text = response.getvalue().decode("utf-8", "replace")
        if response.status_code == HTTPStatus.OK:
            yield key, text


def rows(table: str) -> Iterator[tuple[tuple[str, str], dict[str, set[str]]]]:
    """By route and page, what each of the readers reads."""
    (_route, _page, *readers), *lines = (line.split() for line in table.strip().splitlines())
    for route, page, *cells in lines:
        told = {
            reader: set(cell.split(","))
            for reader, cell in zip(readers, cells, strict=True)
            if cell != "-"
        }
        yield (route, page), told


TOLD = dict([*rows(PAGES), *rows(DESK)])
PRINTING = {route for route, _page in TOLD}


@pytest.mark.parametrize(("route", "name"), [each for each in routes() if each[1] in PRINTING])
def test_each_reader_is_told_the_serials_of_a_page_with_their_standing(
    scene: Scene, route: str, name: str
) -> None:
    found: defaultdict[tuple[str, str], dict[str, set[str]]] = defaultdict(dict)
    for reader in READERS:
        for key, text in pages(scene, reader, route, name):
            if told := read(text, scene.numbers):
                found[name, key][reader] = told
            assert_buttons_copy_the_current_ones(scene, reader, text)
            if name not in KEPT:
                assert printed_bare(text, scene.numbers) == set(), (reader, key)
                assert "from now on" not in words(text) or scene.numbers["V4"] in text
    assert found == {place: told for place, told in TOLD.items() if place[0] == name}


def assert_buttons_copy_the_current_ones(scene: Scene, reader: str, text: str) -> None:
    copied = set(attributes(text, "button", "data-copy")) & set(scene.numbers.values())
    sees = reader not in ("former_dealer", "anonymous")
    assert copied <= ({scene.numbers["V4"], scene.numbers["I"]} if sees else set()), reader


@pytest.mark.parametrize(("route", "name"), [each for each in routes() if each[1] not in PRINTING])
def test_a_page_that_is_not_in_the_table_prints_no_serial(
    scene: Scene, route: str, name: str
) -> None:
    reader = "superuser" if route.startswith("admin/") else "dealer"
    for key, text in pages(scene, reader, route, name):
        told = read(text, scene.numbers) | printed_bare(text, scene.numbers)
        assert not told or name in KEPT, f"Say in the table what each reads in {name}, {key}."


@pytest.mark.parametrize("reader", ["former_dealer", *NOBODY])
def test_nobody_reads_what_came_after_their_right(scene: Scene, reader: str) -> None:
    """Not even in a field, a button or a file."""
    later = {scene.numbers[name] for name in ("V3", "V4")}
    for route, name in routes():
        if name not in PRINTING | KEPT.keys() or name == "serial_entered":
            continue  # the link of V3 tells V3 to every reader
        for key, text in pages(scene, reader, route, name):
            assert [number for number in later if number in text] == [], (name, key)
            if reader in NOBODY:
                assert read(text, scene.numbers) == set(), (name, key)


@pytest.mark.parametrize("reader", NOBODY)
def test_who_has_a_link_and_no_right_is_told_as_of_its_day(scene: Scene, reader: str) -> None:
    (route,) = (route for route, name in routes() if name == "serial_entered")
    found = {
        key: read(text, scene.numbers)
        for key, text in pages(scene, reader, route, "serial_entered")
    }
    assert found == {"V2": {"V2@"}, "V3": {"V3@"}}


def test_a_serial_that_was_replaced_twice_is_told_with_the_one_to_quote(scene: Scene) -> None:
    shown = scene.client("dealer").get(scene.paths("order", "")["3"])
    numbers = scene.numbers
    (before, after) = every(shown, ".result .turn > div:has(.serial.old)")
    assert words(before) == f"Old: {numbers['V2']} Old"
    assert words(after) == (
        f"Old: {numbers['V3']} Replaced by {numbers['V4']} Copy VAI serial on Nov 27, 2026"
    )
    quoted = words(only(shown, "[aria-labelledby=quoted-heading] dd:last-of-type"))
    assert quoted.startswith(
        f"Old: {numbers['V1']} Replaced by {numbers['V2']} on Nov 25, 2026; "
        f"the current one is {numbers['V4']} Copy VAI serial"
    )
    assert "Quote the new serial from now on." not in words(shown)


def test_an_old_order_of_a_site_that_went_to_another_dealer_is_told_as_of_its_day(
    scene: Scene,
) -> None:
    client, pages = scene.client("former_dealer"), scene.paths("order", "")
    shown = client.get(pages["1"])
    plates = words_of(shown, ".result .turn")
    assert plates == [f"{scene.numbers[name]} As of Nov 24, 2026" for name in ("I", "V1")]
    assert "Replaced" not in words(shown)
    assert f"/installations/{scene.site.reference}/" not in links(shown)
    again = client.get(f"/orders/new/?again={scene.orders['2'].reference}")
    assert values_of(again, "serial_VAI") == [""]


def test_a_result_file_notes_what_its_author_may_know(scene: Scene) -> None:
    path = scene.paths("order_bulk_result", "")["file"]
    numbers = scene.numbers

    def notes() -> list[str]:
        text = scene.client("former_dealer").get(path).getvalue().decode("utf-8-sig")
        return [row["serial_note"] for row in csv.DictReader(io.StringIO(text))]

    day = "As of Nov 25, 2026."
    assert notes() == [f"{numbers['I']}: {day} {numbers['V2']}: {day}", ""]
    Membership.objects.create(
        user=scene.readers["former_dealer"], company=scene.site.company, role=Role.VIEWER
    )
    assert notes() == [
        f"{numbers['V2']}: Replaced by {numbers['V3']} on Nov 26, 2026; "
        f"the current one is {numbers['V4']}.",
        "",
    ]


def test_a_reason_of_a_file_tells_a_serial_that_was_replaced_since(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    first = current(site, "VAI")
    text = FILE.format(serial="").replace("Pier 9", site.site_name)
    upload = bulk.upload(
        company=cast.harbor, file=io.BytesIO(text.encode()), name="orders.csv", by=cast.buyer
    )
    bulk.go_on(upload, by=cast.buyer)
    cast.issue(cast.order_existing(first, VS_ES1=1))
    client = Client()
    client.force_login(cast.buyer)
    shown = client.get(upload.get_absolute_url())
    told = f"Old: {first} Replaced by {current(site, 'VAI')} Copy VAI serial on Nov 24, 2026"
    assert told in words(only(shown, ".bulk-reasons:has(.told)"))


def test_a_file_keeps_as_of_which_day_a_number_was_the_current_one(cast: Cast) -> None:
    """Its author may have lost the site since."""
    site = cast.site(VS_ES1=1)
    first = current(site, "VAI")
    cast.issue(cast.order_existing(first, VS_ES1=1))
    upload = bulk.upload(
        company=cast.harbor,
        file=io.BytesIO(FILE.format(serial=first).encode()),
        name="orders.csv",
        by=cast.buyer,
    )
    bulk.go_on(upload, by=cast.buyer)
    site.refresh_from_db()
    site.company = cast.summit
    site.save()
    cast.issue(summit_orders(cast, current(site, "VAI"), at=NOW + DAY), at=NOW + DAY)
    client = Client()
    client.force_login(cast.buyer)
    shown = words(client.get(upload.get_absolute_url()).content.decode())
    assert "As of " in shown
    assert "from now on" not in shown
    assert current(site, "VAI") not in shown


def test_the_trail_quotes_the_serials_that_were_given(cast: Cast) -> None:
    """They are of that day: whether one was replaced since stands where it was found to be."""
    site = cast.site(VS_ES1=1)
    given = current(site, "VAI")
    order = order_held(cast)
    actions.supply_serial(order, quotes=[Quote("VAI", given)], by=cast.buyer, at=NOW)
    cast.issue(order)
    numbers = {"V1": given}
    for reader, path in (
        (cast.buyer, order.get_absolute_url()),
        (staff("Sales"), f"/admin/orders/order/{order.pk}/change/"),
    ):
        client = Client()
        client.force_login(reader)
        shown = client.get(path).content.decode()
        assert printed_bare(shown, numbers) == set()
        assert 'V1"' in read(shown, numbers)


def test_who_sees_a_site_is_one_answer(scene: Scene) -> None:
    site = scene.site
    for reader, user in scene.readers.items():
        listed = Installation.objects.visible_to(user).filter(pk=site.pk).exists()
        assert can_see(user, site) == (listed or can_see_all(user)), reader
    assert not can_see(AnonymousUser(), site)
