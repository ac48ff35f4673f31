"""The purchase order as a file, at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from companies.models import User
from orders.documents.actions import attach_document
from orders.models import Order
from tests import files
from tests.cast import Cast
from tests.customers.order_form import errors, values
from tests.customers.reading import page
from tests.desk.staffed import At, Enter
from tests.pages import links

MAY = ("orders.view_order", "orders.add_purchaseorderdocument")


def order_page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/change/"


def documents(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/documents/"


def test_sales_attaches_and_downloads_it(cast: Cast, at_desk: At) -> None:
    order, client = cast.order_new(), at_desk(*MAY)
    assert documents(order) in page(client, order_page(order))
    assert "Attach a document to" in page(client, documents(order))
    answer = client.post(documents(order), {"document": files.upload()})
    assert answer.headers["Location"] == order_page(order)
    row = order.documents.get()
    assert row.added_by == cast.sales
    shown = page(client, order_page(order))
    assert "PO 4711.pdf is attached." in shown
    assert f"{documents(order)}{row.reference}/" in shown
    answer = client.get(f"{documents(order)}{row.reference}/")
    assert answer.getvalue() == files.pdf()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="PO 4711.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_customers_are_told_that_sales_did_it_and_not_who(cast: Cast, at_desk: At) -> None:
    order = cast.order_new()
    at_desk(*MAY).post(documents(order), {"document": files.upload()})
    client = Client()
    client.force_login(cast.buyer)
    shown = page(client, order.get_absolute_url())
    assert "by sales" in shown
    assert cast.sales.email not in shown


def test_who_only_looks_downloads_and_is_offered_nothing(cast: Cast, at_desk: At) -> None:
    order, client = cast.order_new(), at_desk("orders.view_order")
    row = attach_document(order, document=files.document(), by=cast.buyer)
    assert documents(order) not in links(page(client, order_page(order)))
    assert client.get(documents(order)).status_code == 403
    assert client.post(documents(order), {"document": files.upload()}).status_code == 403
    assert client.get(f"{documents(order)}{row.reference}/").getvalue() == files.pdf()


def test_who_does_not_see_orders_downloads_nothing(cast: Cast, at_desk: At) -> None:
    order = cast.order_new()
    row = attach_document(order, document=files.document(), by=cast.buyer)
    client = at_desk("outbox.view_message", "orders.view_purchaseorderdocument")
    assert client.get(f"{documents(order)}{row.reference}/").status_code == 403


@pytest.mark.parametrize(
    ("role", "may"),
    [("Sales", True), ("Sales manager", True), ("Administrator", True), ("Auditor", False)],
)
def test_roles(cast: Cast, roles: dict[str, User], enter: Enter, role: str, may: bool) -> None:
    order, client = cast.order_new(), enter(roles[role])
    row = attach_document(order, document=files.document(), by=cast.buyer)
    assert client.get(f"{documents(order)}{row.reference}/").getvalue() == files.pdf()
    assert client.get(documents(order)).status_code == (200 if may else 403)


def test_a_document_is_found_at_its_own_order_only(cast: Cast, at_desk: At) -> None:
    one, other = cast.order_new(), cast.order_new()
    row = attach_document(one, document=files.document(), by=cast.buyer)
    assert at_desk(*MAY).get(f"{documents(other)}{row.reference}/").status_code == 404


def test_a_hostile_file_is_an_error_at_the_field(cast: Cast, at_desk: At) -> None:
    order, client = cast.order_new(), at_desk(*MAY)
    answer = client.post(documents(order), {"document": files.upload(content=files.PAGE)})
    (error,) = errors(answer)
    assert error.startswith("This file is not a PDF, PNG or JPEG")
    assert order.documents.count() == 0


def test_an_order_is_entered_with_its_document(cast: Cast, at_desk: At) -> None:
    data = values(company=str(cast.harbor.pk), ordered_for=str(cast.buyer.pk))
    client = at_desk("orders.view_order", "orders.enter_order")
    path = f"/admin/orders/order/enter/{cast.harbor.pk}/"
    assert client.post(path, {**data, "document": files.upload()}).status_code == 302
    assert Order.objects.get().documents.get().added_by == cast.sales
