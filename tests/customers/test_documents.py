"""The purchase order as a file, on the pages of the customers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from orders import actions
from orders.documents.actions import attach_document
from orders.models import Order, PurchaseOrderDocument
from tests import files
from tests.cast import Cast
from tests.customers.order_form import errors, values
from tests.customers.reading import LogIn, page
from tests.pages import has, links, words

PNG = files.saved("PNG")
HOSTILE = {  # what somebody sends → what is said
    "page.pdf": (files.PAGE, "This file is not a PDF, PNG or JPEG, whatever its name says."),
    "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "This file is not a PDF, PNG"),
    "empty.pdf": (b"", "This file is empty. Choose the file of your purchase order."),
    "cut off.pdf": (files.pdf()[:200], "This file is damaged or cut off. Open it, print it to a"),
    "both.pdf": (files.pdf() + files.archive(), "There is more in this file than a PDF. Open it"),
    "both.png": (PNG + files.PAGE, "There is more in this file than a PNG. Open it, take a"),
    "large.pdf": (files.padded(10 * 1024**2 + 1), "This file has more than 10 MB. Attach a"),
    "large.png": (files.png_of(30000, 30000), "This picture has more than 25 million pixels."),
}


def documents(order: Order) -> str:
    return f"{order.get_absolute_url()}documents/"


def send(client: Client, order: Order, **upload: Any) -> Any:
    return client.post(documents(order), {"document": files.upload(**upload)})


def attached(cast: Cast, order: Order, name: str = "PO 4711.pdf") -> PurchaseOrderDocument:
    return attach_document(order, document=files.document(name), by=cast.buyer)


def test_a_buyer_attaches_and_downloads_it(cast: Cast, log_in: LogIn) -> None:
    order, client = cast.order_new(), log_in(cast.buyer)
    answer = send(client, order)
    assert answer.headers["Location"] == order.get_absolute_url()
    shown = page(client, order.get_absolute_url())
    assert "PO 4711.pdf is attached." in shown
    assert f"by {cast.buyer.email}" in words(shown)
    (row,) = order.documents.all()
    address = f"{documents(order)}{row.reference}/"
    assert address in links(shown)
    assert client.get(address).getvalue() == files.pdf()


def test_colleagues_download_and_only_who_orders_attaches(cast: Cast, log_in: LogIn) -> None:
    order = cast.order_new()
    row, viewer = attached(cast, order), log_in(cast.viewer)
    assert viewer.get(f"{documents(order)}{row.reference}/").getvalue() == files.pdf()
    assert not has(page(viewer, order.get_absolute_url()), '[type="file"]')
    assert send(viewer, order, content=PNG).status_code == 403
    assert order.documents.count() == 1


@pytest.mark.parametrize("who", ["outsider", "end_customer", "sales"])
def test_nobody_else_learns_that_it_is_there(cast: Cast, log_in: LogIn, who: str) -> None:
    """The end customer of the site, too: the order is its dealer's."""
    order = cast.issue(cast.order_new())
    assert order.installation
    order.installation.end_customer = cast.bayview
    order.installation.save()
    row, client = attached(cast, order), log_in(getattr(cast, who))
    there = client.get(f"{documents(order)}{row.reference}/")
    missing = client.get(f"{documents(order)}nosuchfile/")
    assert there.status_code == missing.status_code == 404
    assert send(client, order, content=PNG).status_code == 404
    assert order.documents.count() == 1


def test_an_end_customer_sees_the_documents_of_its_own_orders(cast: Cast, log_in: LogIn) -> None:
    cast.end_customer.memberships.update(role="buyer")
    order = cast.order_new(by=cast.end_customer, company=cast.bayview)
    row = attach_document(order, document=files.document(), by=cast.end_customer)
    address = f"{documents(order)}{row.reference}/"
    assert log_in(cast.end_customer).get(address).getvalue() == files.pdf()
    assert log_in(cast.buyer).get(address).status_code == 404


def test_a_document_is_found_at_its_own_order_only(cast: Cast, log_in: LogIn) -> None:
    """A user who sees one order can't get at the documents of another by way of it."""
    foreign = cast.order_new(by=cast.outsider, company=cast.summit)
    row = attach_document(foreign, document=files.document(), by=cast.outsider)
    own = documents(cast.order_new())
    assert log_in(cast.buyer).get(f"{own}{row.reference}/").status_code == 404


# What the browser gets --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.html", files.pdf(), "application/pdf"),
        ("a.pdf", PNG, "image/png"),
        ("a.pdf", files.saved("JPEG"), "image/jpeg"),
    ],
)
def test_it_is_only_ever_saved_as_what_it_is(
    cast: Cast, log_in: LogIn, name: str, content: bytes, media_type: str
) -> None:
    """The sender may have called it something else."""
    order, client = cast.order_new(), log_in(cast.buyer)
    send(client, order, name=name, content=content, kind="text/html")
    row = order.documents.get()
    answer = client.get(f"{documents(order)}{row.reference}/")
    assert answer.getvalue() == content
    headers = answer.headers
    assert headers["Content-Type"] == media_type
    assert headers["Content-Length"] == str(len(content))
    assert headers["Content-Disposition"] == f'attachment; filename="{row.name}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(policy)


NAMES = {
    "../../etc/passwd": 'filename="passwd.pdf"',
    "..\\windows\\win.ini": 'filename="win.ini.pdf"',
    "x" * 1000: f'filename="{"x" * 96}.pdf"',
    'a"b.pdf': 'filename="a-b.pdf"',
    "a\r\nSet-Cookie: b.pdf": 'filename="aSet-Cookie- b.pdf"',
    "a\0.html": 'filename="a.html.pdf"',
    "a\u202efdp.exe": 'filename="afdp.exe.pdf"',
    "Größe.pdf": "filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf",
    "注文.pdf": "filename*=utf-8''%E6%B3%A8%E6%96%87.pdf",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_name_is_a_harmless_one(cast: Cast, log_in: LogIn, name: str) -> None:
    order, client = cast.order_new(), log_in(cast.buyer)
    row = attached(cast, order, name)
    assert "<script>" not in page(client, order.get_absolute_url())
    answer = client.get(f"{documents(order)}{row.reference}/")
    answer.getvalue()  # to the end: closing it would close the database, too
    assert answer.headers["Content-Disposition"] == f"attachment; {NAMES[name]}"


# What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_error_at_the_field(cast: Cast, log_in: LogIn, name: str) -> None:
    content, said = HOSTILE[name]
    order, client = cast.order_new(), log_in(cast.buyer)
    upload = files.Upload(name, content, "application/pdf")
    answer = client.post(documents(order), {"document": upload})
    assert answer.status_code == 200
    (error,) = errors(answer)
    assert error.startswith(said)
    assert order.documents.count() == 0


@pytest.mark.parametrize("data", [{}, {"document": "PO 4711.pdf"}, {"document": ""}])
def test_no_file_is_asked_for(cast: Cast, log_in: LogIn, data: dict[str, str]) -> None:
    answer = log_in(cast.buyer).post(documents(cast.order_new()), data)
    assert errors(answer) == ["Choose the file of your purchase order."]


def test_what_is_refused_by_the_order_is_told_at_the_field(cast: Cast, log_in: LogIn) -> None:
    order, client = cast.order_new(), log_in(cast.buyer)
    for number in range(5):
        send(client, order, content=files.pdf(b"%d" % number))
    (error,) = errors(send(client, order, content=PNG))
    assert error.startswith("An order has at most 5 documents. Put the pages into one PDF")
    actions.cancel(order, by=cast.buyer)
    assert not has(page(client, order.get_absolute_url()), '[type="file"]')
    issued = cast.issue(cast.order_new())
    assert has(page(client, issued.get_absolute_url()), '[type="file"]')


# With a new order --------------------------------------------------------------------------


def order_with(client: Client, cast: Cast, **upload: Any) -> Any:
    data = values(company=str(cast.harbor.pk))
    return client.post("/orders/new/", {**data, "document": files.upload(**upload)})


def test_an_order_is_placed_with_its_document(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    assert order_with(client, cast).status_code == 302
    assert Order.objects.get().documents.get().name == "PO 4711.pdf"
    assert order_with(client, cast).status_code == 302  # the same form again
    assert PurchaseOrderDocument.objects.count() == Order.objects.count() == 1


def test_no_order_is_placed_with_a_file_that_is_refused(cast: Cast, log_in: LogIn) -> None:
    answer = order_with(log_in(cast.buyer), cast, content=files.PAGE)
    (error,) = errors(answer)
    assert error.startswith("This file is not a PDF, PNG or JPEG")
    assert Order.objects.count() == 0


def test_a_file_that_is_lost_with_the_form_is_asked_for_again(cast: Cast, log_in: LogIn) -> None:
    """Browsers do not fill it in again when another field is wrong, or a line is added."""
    client, data = log_in(cast.buyer), values(company=str(cast.harbor.pk))
    for more in ({"po_number": ""}, {"add_line": "1"}):
        answer = client.post("/orders/new/", {**data, **more, "document": files.upload()})
        assert "was not kept with this form. Choose it again" in answer.content.decode()
    assert "was not kept with this form" not in page(client, "/orders/new/")
