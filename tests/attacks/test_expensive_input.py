"""An attacker who sends little and makes the server work much: what each try costs, in counts.

Each hostile input goes through the page that takes it, and is refused with a sentence. Seconds are
no part of it (bench/hostile_files.py has those): counted is what was read, kept and shown.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from typing import Any

import pytest
from django.test import Client

from orders.bulk import reading
from orders.bulk.file import csv_file, xlsx_file
from orders.bulk.file.columns import NEEDED
from orders.bulk.file.table import MAX_CELLS, check_cell
from orders.bulk.file.xlsx_parts import (
    ELEMENTS_AT_LEAST,
    ELEMENTS_BY_BYTE,
    MAX_TOKEN,
    PIECE,
    UNPACKED_AT_LEAST,
    UNPACKED_BY_BYTE,
    Package,
)
from orders.models import MAX_LINES, Order
from tests.attacks.hostile_files import CSV, WORKBOOKS
from tests.customers.order_form import errors, values
from tests.dump import everything
from tests.files import upload
from tests.pages import every
from tests.world import World, undone

KILOBYTE = 1024
LARGE_PAGE = 200 * KILOBYTE  # the order form of one line has 25


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Package]:
    """Every workbook that was opened; each counts what was read of it."""
    opened: list[Package] = []

    class Watched(Package):
        def __init__(self, *args: Any) -> None:
            opened.append(self)
            super().__init__(*args)

    monkeypatch.setattr(xlsx_file, "Package", Watched)
    return opened


def send_file(world: World, content: bytes) -> Any:
    post = world.posts["order_bulk"]
    data = {**post.data, "file": upload("orders.xlsx", content)}
    return world.client(post.who).post(post.path, data)


def is_refused(response: Any) -> bool:
    """With a sentence about a cell of the file."""
    (said,) = errors(response)
    return response.status_code == 200 and re.match(r"Row \d+, column [A-Z]+: ", said) is not None


@pytest.mark.siege
@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_hostile_workbook_costs_what_a_good_one_of_its_size_may(
    world: World, read: list[Package], name: str
) -> None:
    content = WORKBOOKS[name]()
    before = everything()
    assert is_refused(send_file(world, content))
    assert everything() == before
    size = len(content)
    assert len(read) <= 1  # it is read again only to be kept
    for package in read:
        done = package.reads
        piece = 64 * KILOBYTE  # that was unpacked when it was refused
        assert done.unpacked <= UNPACKED_AT_LEAST + UNPACKED_BY_BYTE * size + piece
        assert done.elements <= ELEMENTS_AT_LEAST + ELEMENTS_BY_BYTE * size + 1
        assert done.longest_token <= MAX_TOKEN + PIECE
        assert done.scanned <= 10 * done.unpacked  # an old expat reads each token again


@pytest.mark.siege
@pytest.mark.parametrize("name", CSV)
def test_a_hostile_csv_is_read_up_to_a_bound(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cells = itertools.count()
    monkeypatch.setattr(csv_file, "check_cell", lambda *args: (next(cells), check_cell(*args))[1])
    before = everything()
    assert is_refused(send_file(world, CSV[name]()))
    assert everything() == before
    assert next(cells) <= MAX_CELLS


def junk(count: int, line: str) -> bytes:
    head = ",".join([*NEEDED, "notify"])
    return "\n".join([head, *(line.format(number) for number in range(count))]).encode()


ORDERS = {
    # one order of very many lines, each with a serial number, and addresses, of its own
    "serials": junk(8_000, "PO-1,existing,Pier 9,VAI-{0:016d},ISS-Expert,1,add,"),
    "addresses": junk(8_000, "PO-1,new,Pier 9,,ISS-Expert,1,add,a{0}@b.example"),
    # of as many as it may have, with all in them wrong, or very many addresses
    "all-wrong": junk(200, "PO-1,new,Pier 9,x{0},no-{0},x,x,x"),
    "long-lists": junk(
        200,
        "PO-1,new,Pier 9,,ISS-Expert,1,add,"
        + ";".join(f"a{{0}}@b{number}.example" for number in range(200)),
    ),
}  # fmt: skip


@pytest.mark.siege
@pytest.mark.parametrize("name", ORDERS)
def test_an_order_of_a_file_is_not_compared_with_itself_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows, compared = itertools.count(), itertools.count()
    read, tell = reading._Reader.read, reading.Asked.add_address
    monkeypatch.setattr(reading._Reader, "read", lambda self: (next(rows), read(self))[1])

    def counted(self: reading.Asked, address: str) -> None:
        for _each in self.notify:
            next(compared)
        tell(self, address)

    monkeypatch.setattr(reading.Asked, "add_address", counted)
    sent = send_file(world, ORDERS[name])
    assert sent.status_code == 302
    page = world.client("buyer").get(sent["Location"]).content
    assert next(rows) <= MAX_LINES
    assert next(compared) <= 200_000
    assert len(page) < LARGE_PAGE
    result = world.client("buyer").get(f"{sent['Location']}result.csv")
    length = len(result.getvalue())
    assert length < 10 * len(ORDERS[name]) + LARGE_PAGE


# Forms ----------------------------------------------------------------------------------


def rows_in(page: str) -> int:
    return len(every(page, '[name^="lines-"][name$="-product"]:not([name*="__prefix__"])'))


@pytest.mark.siege
@pytest.mark.parametrize(
    ("claimed", "rows"),
    [("1", 1), ("200", 1), ("201", 1), ("202", 0), ("1000000000", 0), ("9" * 5000, 0)],
)
@pytest.mark.parametrize("button", ["", "preview", "add_line", "remove_line", "find_site"])
@pytest.mark.parametrize("name", ["order_new", "desk/enter"])
def test_no_line_is_shown_that_was_not_sent(
    world: World, name: str, button: str, claimed: str, rows: int
) -> None:
    post = (world.posts | world.more_posts)[name]
    data = {**post.data, "po_number": "", "lines-TOTAL_FORMS": claimed}
    with undone():
        response = world.client(post.who).post(post.path, {**data, button: "0"} if button else data)
    assert response.status_code == (200 if rows else 400)
    page = response.content.decode()
    assert rows_in(page) == rows + (button == "add_line" and rows)
    assert len(page) < LARGE_PAGE


def test_lines_far_apart_are_the_lines_that_were_sent(world: World) -> None:
    """One field in the last row of two hundred makes one row of it; nothing is lost."""
    post = world.posts["order_new"]
    named = {"company": post.data["company"], "po_number": "PO-77", "site_name": "Quay 7"}
    data = values(("ISS-Expert", "4"), **named)
    for name in [name for name in data if name.startswith("lines-0-")]:
        data[name.replace("-0-", "-7-")] = data[name]
        data[name.replace("-0-", "-198-")] = data.pop(name)
    with undone():
        sent = world.client(post.who).post(post.path, {**data, "lines-TOTAL_FORMS": "199"})
        assert sent.status_code == 302
        order = Order.objects.get(po_number="PO-77", site_name="Quay 7")
        assert [str(line) for line in order.lines.all()] == ["4 × ISS-Expert", "4 × ISS-Expert"]


def test_a_draft_keeps_no_line_that_was_not_sent(world: World) -> None:
    post = world.posts["draft"]
    data = {**post.data, "lines-TOTAL_FORMS": "200", "save_draft": ""}
    with undone():
        assert world.client(post.who).post(post.path, data).status_code == 302
        world.draft.refresh_from_db()
        kept = [name for name in world.draft.data if name.startswith("lines-")]
        assert len(kept) == 2 + 5


@pytest.mark.parametrize("prefix", ["memberships", "invitations"])
def test_no_row_of_the_desk_is_made_that_was_not_sent(world: World, prefix: str) -> None:
    post = world.more_posts["desk/company"]
    claims = {f"{prefix}-TOTAL_FORMS": "1000000000", f"{prefix}-INITIAL_FORMS": "1000000000"}
    with undone():
        response = world.client(post.who).post(post.path, {**post.data, **claims})
    assert response.status_code == 200
    assert len(response.content) < LARGE_PAGE
    made = [each.formset for each in response.context["inline_admin_formsets"]]
    assert [len(formset.forms) for formset in made if formset.prefix == prefix] == [1]


def test_every_table_of_the_desk_makes_only_what_was_sent() -> None:
    """The next one is begun with DeskTable, too."""
    from django.contrib import admin  # noqa: PLC0415

    from portal.desk.base import DeskFormSet  # noqa: PLC0415

    tables = [inline for desk in admin.site._registry.values() for inline in desk.inlines]
    assert tables
    assert [table for table in tables if not issubclass(table.formset, DeskFormSet)] == []


@pytest.mark.siege
@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("order_new", "notify", "a@b.example," * 60_000),
        ("order_new", "confirmed", ["x" * 500] * 900),
        ("order_confirmation", "to", "a@b.example," * 60_000),
        ("installation_notices", "steps", ["30"] * 1_000),
        ("contact", "topics", ["expiry"] * 1_000),
        ("desk/several", "orders", ["x" * 10] * 1_000),
    ],
)
def test_a_list_that_a_form_repeats_is_short(
    world: World, name: str, field: str, value: Any
) -> None:
    post = (world.posts | world.more_posts)[name]
    sent = len(value) if isinstance(value, str) else sum(map(len, value))
    with undone():
        response = world.client(post.who).post(post.path, {**post.data, field: value})
    assert response.status_code in (200, 302, 400)
    assert len(response.content) < LARGE_PAGE + 2 * sent


# What passkeys answer -------------------------------------------------------------------


def cbor(extensions: bytes) -> str:
    """An answer whose authenticator data ends with that, told as extensions."""
    data = bytes(32) + b"\x85" + bytes(4) + extensions
    text = base64.urlsafe_b64encode(data).decode().rstrip("=")
    inner = {"clientDataJSON": "e30", "authenticatorData": text, "signature": "AA"}
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": inner})


ANSWERS = {
    "deep-json": "[" * 19_000,
    "deeper-json": "[" * 900_000,
    "a-long-number": "9" * 10_000,
    "deep-cbor": cbor(b"\x81" * 12_000),
    "endless-cbor": cbor(b"\x9b" + b"\xff" * 8),
    "many-small-parts": cbor(b"\x99\xff\xff" + bytes(400_000)),
    "unknown-cbor": cbor(b"\xc0"),
    "cut-off": cbor(b"\x1b"),
    "no-object": "7",
    "text": '"x"',
    "empty": "{}",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_for_a_passkey_is_short_and_never_an_error(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fido2 import cbor as reader  # noqa: PLC0415

    parts, decode = itertools.count(), reader.decode_from
    monkeypatch.setattr(reader, "decode_from", lambda data: (next(parts), decode(data))[1])
    client = Client()
    client.get("/account/two-step/webauthn/login/", headers={"x-requested-with": "XMLHttpRequest"})
    response = client.post("/account/two-step/webauthn/login/", {"credential": ANSWERS[name]})
    assert response.status_code == 302
    assert response["Location"] == "/account/login/"
    assert next(parts) < 20_000


# Addresses and headers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("q=" + "a" * 100_000, {}),
        ("&".join(f"q{n}=1" for n in range(1_200)), {}),
        ("after=" + "9" * 100_000, {}),
        ("", {"accept-language": "es-" * 30_000}),
        ("", {"accept-language": ",".join(f"a{n};q=0.{n}" for n in range(10_000))}),
        ("", {"cookie": ";".join(f"c{n}=1" for n in range(10_000))}),
        ("", {"cookie": '"' * 100_000}),
        ("", {"if-none-match": '"a",' * 30_000}),
        ("", {"x-forwarded-for": "1.1.1.1," * 10_000}),
        ("", {"user-agent": "x" * 100_000}),
        ("", {"referer": "https://x.example/" + "y" * 100_000}),
        ("", {"x-request-id": "a" * 100_000}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_long_address_or_header_makes_no_long_page(
    world: World, query: str, headers: dict[str, str]
) -> None:
    for path in ("/", "/installations/", "/account/login/"):
        client = world.client("buyer" if path == "/installations/" else "anonymous")
        response = client.get(path, QUERY_STRING=query, headers=headers)
        assert response.status_code in (200, 302, 400)
        assert len(response.content) < LARGE_PAGE
