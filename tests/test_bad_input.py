"""Any input gets an error in plain words or a clean 4xx, and nothing is half-written.

What each form says about common mistakes is in the tests of the form.
"""

from __future__ import annotations

import io
import tracemalloc
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db.models import CharField
from django.urls import reverse

from tests.customers.order_form import errors
from tests.dump import Witness, everything
from tests.hostile_input import FORM, FORMS, HOSTILE, QUERIES, is_taken, send
from tests.licensing.invariants import violations
from tests.world import World, undone

pytestmark = pytest.mark.both_databases

MEGABYTE = 1024 * 1024

NEEDED = ["order_new", "company", "company_role", "desk/hold", "desk/several", "desk/enter"]


@pytest.mark.siege
@pytest.mark.parametrize("name", FORMS)
def test_a_hostile_value_in_each_field_writes_all_or_nothing(world: World, name: str) -> None:
    """A third of the values in each field, the next third in the next one; `test_fuzz.py` mixes."""
    post = (world.posts | world.more_posts)[name]
    client, witness = world.client(post.who), Witness()
    for number, field in enumerate(post.data):
        for value in HOSTILE[number % 3 :: 3]:
            with undone():
                with witness.watching():
                    response = send(client, post, {**post.data, field: value})
                assert response.status_code in (200, 302, 400, 404), (field, value[:40])
                assert b"<script>alert" not in response.content
                if is_taken(response):
                    assert not witness.wrote or violations() == []
                else:
                    assert witness.saw_nothing_change(), (field, value[:40])


@pytest.mark.parametrize("name", NEEDED)
def test_nothing_at_all_is_refused(world: World, name: str) -> None:
    post = (world.posts | world.more_posts)[name]
    client, before = world.client(post.who), everything()
    assert send(client, post, {}).status_code in (200, 302, 404)
    assert everything() == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lines-0-quantity": "²"}, "Enter a whole number, like 12."),
        ({"lines-0-quantity": "9" * 5000}, "Enter a whole number, like 12."),
        ({"company": str(10**30)}, "You can no longer order for this company."),
        ({"lines-TOTAL_FORMS": "x"}, "Order at least one line."),
    ],
)
def test_the_order_form_says_what_is_wrong(world: World, more: dict[str, str], said: str) -> None:
    post = world.posts["order_new"]
    client, before = world.client(post.who), everything()
    shown = errors(send(client, post, {**post.data, **more}))
    assert any(text.startswith(said) for text in shown), shown
    assert everything() == before


def test_the_last_of_two_values_counts_and_only_once(world: World) -> None:
    post = world.posts["order_new"]
    client, before = world.client(post.who), everything()
    twice = f"{urlencode(post.data)}&company={world.cast.summit.pk}"
    assert client.post(post.path, twice, content_type=FORM).status_code == 200
    assert everything() == before


# Addresses and queries ------------------------------------------------------------------

BIG = [str(2**31), str(2**63), str(10**30), "9" * 5000, "0"]
ODD = ["%00", "x%00y", "%ED%A0%80", "%FF", "%3Cscript%3E", "x" * 5000, "..%2f..%2f", "²", "٩٩٩"]
PATHS = [
    ("owner", "POST", "/company/members/{}/role/"),
    ("owner", "POST", "/company/members/{}/remove/"),
    ("owner", "POST", "/company/invitations/{}/resend/"),
    ("owner", "POST", "/company/invitations/{}/revoke/"),
    ("buyer", "GET", "/orders/{}/"),
    ("buyer", "POST", "/orders/{}/cancel/"),
    ("buyer", "POST", "/orders/{}/serial/"),
    ("buyer", "POST", "/orders/{}/documents/"),
    ("buyer", "GET", "/orders/{}/documents/nosuchfile/"),
    ("buyer", "GET", "/orders/bulk/{}/"),
    ("buyer", "GET", "/orders/bulk/{}/result.csv"),
    ("buyer", "POST", "/orders/bulk/{}/go-on/"),
    ("buyer", "POST", "/orders/bulk/{}/place/"),
    ("buyer", "POST", "/orders/bulk/{}/discard/"),
    ("buyer", "GET", "/installations/{}/"),
    ("buyer", "GET", "/installations/{}/notices/"),
    ("buyer", "POST", "/installations/{}/entered/"),
    ("anonymous", "GET", "/entered/{}/"),
    ("anonymous", "POST", "/invitations/{}/"),
    ("anonymous", "GET", "/orders/answer/{}/"),
    ("anonymous", "POST", "/orders/answer/{}/"),
    ("superuser", "GET", "/admin/orders/order/{}/change/"),
    ("superuser", "GET", "/admin/orders/order/{}/history/"),
    ("superuser", "POST", "/admin/orders/order/{}/issue/"),
    ("superuser", "POST", "/admin/orders/order/{}/serial/"),
    ("superuser", "POST", "/admin/orders/order/{}/documents/"),
    ("superuser", "GET", "/admin/orders/order/{}/documents/nosuchfile/"),
    ("superuser", "POST", "/admin/orders/order/enter/{}/"),
    ("superuser", "POST", "/admin/orders/order/enter/{}/bulk/"),
    ("superuser", "POST", "/admin/outbox/message/{}/retry/"),
    ("superuser", "POST", "/admin/outbox/message/{}/deal-with/"),
    ("superuser", "POST", "/admin/licensing/installation/{}/change/"),
    ("superuser", "GET", "/admin/r/{}/1/"),
]


@pytest.mark.siege
@pytest.mark.parametrize(("who", "method", "path"), PATHS)
def test_addresses_of_nothing_lead_nowhere(world: World, who: str, method: str, path: str) -> None:
    client = world.client(who)
    before = everything()
    for key in [*BIG, *ODD]:
        response = client.generic(method, path.format(key))
        assert response.status_code in (302, 404), key
        if response.status_code == 302:  # the admin says that there is no such row
            assert response.headers["Location"].startswith("/admin/"), key
    assert everything() == before


@pytest.mark.siege
@pytest.mark.parametrize("path", QUERIES)
def test_hostile_queries_are_harmless(world: World, path: str) -> None:
    """A third of the values for each name, as in the forms."""
    who, names = QUERIES[path]
    client = world.client(who)
    for number, name in enumerate(names):
        for value in HOSTILE[number % 3 :: 3]:
            query = urlencode({name: value}, errors="surrogatepass")
            status = client.get(path, QUERY_STRING=query).status_code
            assert status in (200, 302, 400, 404), query


def test_no_filter_of_the_desk_reads_a_nul_byte(world: World) -> None:
    client = world.client("superuser")
    for model, desk in admin.site._registry.items():
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        texts = [field.name for field in model._meta.fields if isinstance(field, CharField)]
        for name in [*texts, *filter(None, [isinstance(f, str) and f for f in desk.list_filter])]:
            assert client.get(path, {f"{name}__startswith": "a\0"}).status_code == 400, path


def test_each_list_of_the_desk_opens_with_a_search_of_several_words(world: World) -> None:
    """Lists without a search box do, too: anybody can write it into the address."""
    client = world.client("superuser")
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert client.get(path, {"q": "two words"}).status_code == 200, path


# Bodies that are no form ----------------------------------------------------------------


class Endless(io.RawIOBase):
    """As many bytes as are read, of which it keeps none."""

    def __init__(self, start: bytes) -> None:
        self.start, self.given = io.BytesIO(start), 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "read all at once"
        chunk = self.start.read(size) or b"x" * size
        self.given += len(chunk)
        return chunk


@pytest.mark.parametrize("name", NEEDED)
def test_50_megabytes_are_refused_and_never_read(world: World, name: str) -> None:
    post = (world.posts | world.more_posts)[name]
    client, before = world.client(post.who), everything()
    field = b'--b\r\nContent-Disposition: form-data; name="company"\r\n\r\n'
    file = field.replace(b'"company"', b'"company"; filename="x.bin"')
    multipart = "multipart/form-data; boundary=b"
    for start, kind in ((b"company=", FORM), (field, multipart), (file, multipart)):
        endless = Endless(start)
        sent: dict[str, Any] = {
            "wsgi.input": endless,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(50 * MEGABYTE),
        }
        tracemalloc.start()
        response = client.post(post.path, **sent)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert response.status_code == 413, kind
        assert "at most 12 MB" in response.content.decode()
        assert endless.given == 0, "read before it was refused"
        assert peak < 2 * MEGABYTE
    assert everything() == before


@pytest.mark.parametrize("name", NEEDED)
def test_a_form_is_smaller_than_what_may_come_with_files(world: World, name: str) -> None:
    post = (world.posts | world.more_posts)[name]
    client, before = world.client(post.who), everything()
    text = urlencode({**post.data, "reason": "x" * 2 * MEGABYTE})
    response = client.post(post.path, text, content_type=FORM)
    assert response.status_code == 400
    assert everything() == before


PART = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n'
BODIES = {
    "json": ("application/json", b'{"kind": "new"}'),
    "xml": ("text/xml", b"<kind>new</kind>"),
    "no-type": ("", b"kind=new"),
    "other-charset": (f"{FORM}; charset=utf-16", "kind=new".encode("utf-16")),
    "no-charset": (f"{FORM}; charset=none-such", b"kind=new"),
    "no-utf-8": (FORM, b"kind=\xff\xfe&\xff=1"),
    "broken-escapes": (FORM, b"kind=%zz%&=&&&=;%"),
    "no-boundary": ("multipart/form-data", PART),
    "hostile-boundary": ("multipart/form-data; boundary=\x00\xff", PART),
    "cut-off": ("multipart/form-data; boundary=b", PART),
    "no-base64": (
        "multipart/form-data; boundary=b",
        PART + b"Content-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b--\r\n",
    ),
    "file": (
        "multipart/form-data; boundary=b",
        PART.replace(b'"kind"', b'"kind"; filename="../../x\x00"') + b"\r\nnew\r\n--b--\r\n",
    ),
    "too-many-fields": (FORM, b"&".join(b"x%d=1" % number for number in range(1201))),
}


@pytest.mark.siege
@pytest.mark.parametrize("name", NEEDED)
def test_what_is_no_form_is_refused(world: World, name: str) -> None:
    post = (world.posts | world.more_posts)[name]
    client, before = world.client(post.who), everything()
    for what, (content_type, body) in BODIES.items():
        response = client.generic("POST", post.path, body, content_type)
        assert response.status_code in (200, 302, 400, 404), what
        assert everything() == before, what
