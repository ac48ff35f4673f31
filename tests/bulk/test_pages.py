"""The pages of a bulk file, for customers and for sales."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from companies.models import User
from limits.declared import BULK
from orders.bulk import actions
from orders.models import Order
from orders.models.bulk import BulkUpload
from tests.bulk.uploads import Desk, as_csv, existing, finish, orders, place, row
from tests.cast import Cast
from tests.customers.reading import page, statements
from tests.desk.staffed import At
from tests.pages import links, words
from tests.tries import use_up

GOOD = row("PO-1", site_name="Pier 9")
BAD = row("PO-2", site_name="Pier 10", quantity="two")


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(
    client: Client, cast: Cast, content: bytes, path: str = "/orders/bulk/", **more: Any
) -> Any:
    file = SimpleUploadedFile("orders.csv", content)
    return client.post(path, {"company": cast.harbor.pk, "file": file, **more}, follow=True)


def said(response: Any) -> str:
    assert response.status_code == 200
    return words(response.content.decode())


def test_a_file_is_uploaded_previewed_and_placed(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    shown = said(send(client, cast, as_csv([GOOD, BAD])))
    assert "Some of these orders are refused" in shown
    assert "PO-2 Pier 10 Refused Row 3: quantity is “two”." in shown
    assert "PO-1 Pier 9 Would be issued ISS First serial will be issued" in shown
    assert orders() == []
    path = BulkUpload.objects.get().get_absolute_url()
    placed = said(client.post(f"{path}place/", follow=True))
    assert "Orders placed" in placed
    assert orders() == [("PO-1", "issued")]
    order = Order.objects.get()
    assert order.get_absolute_url() in links(page(client, path))
    result = client.get(f"{path}result.csv")
    assert order.reference in result.getvalue().decode()
    assert "attachment" in result["Content-Disposition"]


def test_or_nothing_is_placed(cast: Cast, desk: Desk) -> None:
    client, upload = log_in(cast.buyer), desk.preview(GOOD)
    shown = said(client.post(f"{upload.get_absolute_url()}discard/", follow=True))
    assert "Nothing was ordered. The file is forgotten." in shown
    assert not BulkUpload.objects.exists()
    upload = actions.place(desk.preview(GOOD), by=cast.buyer)
    shown = said(client.post(f"{upload.get_absolute_url()}discard/", follow=True))
    placed = "The orders of this file are being placed, or were placed. Cancel them one by one."
    assert placed in shown


def test_where_a_file_is_broken_is_told_at_its_field(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    shown = said(send(client, cast, as_csv([row("=1", site_name="x")])))
    assert "Row 2, column A: there is a formula." in shown
    assert "Row 1, column A: nothing is ordered here." in said(send(client, cast, b""))
    assert not BulkUpload.objects.exists()


def test_no_order_can_be_placed_where_none_is_good(cast: Cast, desk: Desk) -> None:
    client, upload = log_in(cast.buyer), desk.preview(BAD)
    shown = page(client, upload.get_absolute_url())
    assert "None of these orders can be placed" in shown
    assert "/place/" not in shown


def test_progress_goes_on_by_htmx_and_without(cast: Cast, desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr("orders.bulk.actions.go_on.__kwdefaults__", {"seconds": 0})
    client, upload = log_in(cast.buyer), desk.upload(GOOD, BAD)
    path = upload.get_absolute_url()
    assert "0 of 2 orders are checked" in page(client, path)
    step = client.post(f"{path}go-on/", headers={"HX-Request": "true"})
    assert "1 of 2 orders are checked" in step.content.decode()
    assert "<html" not in step.content.decode()
    assert client.post(f"{path}go-on/")["Location"] == path
    last = client.post(f"{path}go-on/", headers={"HX-Request": "true"})
    assert last["HX-Redirect"] == path
    assert "Some of these orders are refused" in page(client, path)


@pytest.mark.siege
def test_long_files_are_read_page_by_page_and_by_status(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    upload = desk.preview(*(row(f"PO-{n}", site_name=f"Site {n}") for n in range(30)), BAD)
    path = upload.get_absolute_url()
    first = words(page(client, path))
    assert "PO-24 Site 24" in first
    assert "PO-25 Site 25" not in first
    assert "PO-25 Site 25" in words(page(client, f"{path}?after=25"))
    refused = words(page(client, f"{path}?status=refused"))
    assert "PO-2 Pier 10" in refused
    assert "PO-24 Site 24" not in refused
    for query in ("?after=x", "?after=" + "9" * 5000, "?status=x", "?after=²", "?after=-1"):
        assert "PO-24 Site 24" in words(page(client, path + query))


@pytest.mark.siege
def test_the_statements_are_as_many_for_one_order_as_for_all(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    few = place(desk.preview(GOOD))
    many = desk.preview(*(row(f"PO-{n}", site_name=f"Site {n}") for n in range(40)))
    paths = [upload.get_absolute_url() for upload in (few, place(many))]
    for path in ("/orders/bulk/", *paths):
        page(client, path)
    assert statements(client, paths[0]) == statements(client, paths[1]) <= 5
    assert statements(client, "/orders/bulk/") <= 5


@pytest.mark.siege
def test_files_may_be_uploaded_only_so_often(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    assert send(client, cast, as_csv([BAD])).status_code == 200
    use_up(BULK, cast.owner.pk)
    assert send(client, cast, as_csv([BAD])).status_code == 200
    for _ in range(28):
        send(client, cast, as_csv([BAD]))
    assert send(client, cast, as_csv([BAD])).status_code == 429
    assert page(client, "/orders/bulk/")


@pytest.mark.parametrize(("who", "offered"), [("buyer", True), ("owner", True), ("viewer", False)])
def test_who_may_order_is_offered_it(cast: Cast, who: str, offered: bool) -> None:
    shown = page(log_in(getattr(cast, who)), "/orders/")
    assert ("Upload many orders" in shown) == offered


def test_the_sample_and_the_columns_are_there(cast: Cast) -> None:
    client = log_in(cast.buyer)
    shown = words(page(client, "/orders/bulk/"))
    assert "from_part_number may be absent For upgrade and renew" in shown
    assert client.get("/orders/bulk/sample.csv").content.startswith(b"po_number,kind,site_name,")


def test_sales_uploads_for_a_member_and_sees_the_orders_at_the_desk(
    cast: Cast,
    desk: Desk,
    at_desk: At,
) -> None:
    client = at_desk("orders.view_order", "orders.enter_order")
    assert "Upload many orders" in page(client, "/admin/orders/order/")
    path = f"/admin/orders/order/enter/{cast.harbor.pk}/bulk/"
    assert path in page(client, "/admin/orders/order/enter/")
    assert "On behalf of Harbor Security." in words(page(client, path))
    refused = said(send(client, cast, as_csv([GOOD]), path))
    assert "Choose the member of the company who gets the confirmations." in refused
    shown = said(send(client, cast, as_csv([GOOD]), path, ordered_for=cast.buyer.pk))
    assert "For buyer@dealer.example" in shown
    upload = BulkUpload.objects.get()
    placed = said(client.post(f"{upload.get_absolute_url()}place/", follow=True))
    assert "Orders placed" in placed
    order = Order.objects.get()
    assert (order.placed_by, order.ordered_for) == (cast.sales, cast.buyer)
    assert f"/admin/orders/order/{order.pk}/change/" in page(client, upload.get_absolute_url())


def test_a_held_order_of_a_file_waits_for_its_serial(cast: Cast, desk: Desk) -> None:
    upload = place(finish(desk.upload(existing("PO-1", "ISS-UNKNOWN"))))
    shown = words(page(log_in(cast.buyer), upload.get_absolute_url()))
    assert "PO-1 Held The serial number was not found." in shown


def test_who_left_the_company_sees_nothing_of_its_files(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    send(client, cast, as_csv([GOOD]))
    path = BulkUpload.objects.get().get_absolute_url()
    client.post(f"{path}place/")
    assert client.get(f"{path}result.csv").status_code == 200
    cast.buyer.memberships.all().delete()
    for address in (path, f"{path}result.csv"):
        assert client.get(address).status_code == 404
    assert client.post(f"{path}go-on/").status_code == 404


def test_a_preview_calls_nothing_issued_and_the_result_does(cast: Cast, desk: Desk) -> None:
    client = log_in(cast.buyer)
    upload = desk.preview(GOOD, existing("PO-3", "unknown"))
    shown = words(page(client, upload.get_absolute_url()))
    assert "Would be issued: 1 Would be held: 1" in shown
    assert "PO-3 Would be held The serial number was not found." in shown
    placing = actions.place(upload, by=cast.buyer)
    assert "Show only" not in page(client, placing.get_absolute_url())
    placed = words(page(client, finish(placing).get_absolute_url()))
    assert "Issued: 1 Held: 1" in placed
    assert "Would" not in placed


def test_what_was_left_out_of_a_file_is_named_above_its_orders(cast: Cast, desk: Desk) -> None:
    header, *rows = as_csv([GOOD]).decode().splitlines()
    table = [f"{header},Color", *(f"{each},red" for each in rows), "Total,,,,,1,,,,,,"]
    shown = said(send(log_in(cast.buyer), cast, "\n".join(table).encode()))
    assert "Not read: “Color”. No column of ours has that name. Left out as a sum: row 3." in shown


def test_all_faults_of_a_file_are_told_at_its_field(cast: Cast, desk: Desk) -> None:
    content = as_csv([row("=1", site_name="4.5E+11"), row("=2", site_name="x")])
    shown = said(send(log_in(cast.buyer), cast, content))
    assert "Row 2, column A: there is a formula." in shown
    assert "The same in row 3." in shown
    assert "Row 2, column C: the spreadsheet program changed this number to 4.5E+11" in shown


def test_the_template_comes_as_a_workbook(cast: Cast) -> None:
    client = log_in(cast.buyer)
    assert "/orders/bulk/sample.xlsx" in links(page(client, "/orders/bulk/"))
    answer = client.get("/orders/bulk/sample.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="orders-sample.xlsx"'
    assert answer.content.startswith(b"PK")
