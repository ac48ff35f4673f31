"""An order that looks like an earlier one is found, however it is written and sorted."""

import importlib
from pathlib import Path

import pytest
from django.db import models
from django.test import Client

from companies.purchase_orders import po_label
from orders import actions
from orders.models import Order
from orders.placement import Quote
from orders.rules.problems import OrderRefused, SameLines, SamePurchaseOrder
from tests.bulk.uploads import Desk, decided, existing, row
from tests.cast import NOW, Cast, current
from tests.tries import forget_all

pytestmark = pytest.mark.both_databases

SPELLINGS = (Path(__file__).parent.parent / "data" / "same_po_numbers.txt").read_text("utf-8")
PO, *AGAIN = SPELLINGS.splitlines()


def order(cast: Cast, serial: str, po_number: str, **lines: int) -> Order:
    return actions.place_existing(
        company=cast.harbor,
        quotes=[Quote("VAI", serial)],
        po_number=po_number,
        lines=cast.lines(**lines),
        by=cast.buyer,
        at=NOW,
    )


def test_the_same_lines_are_asked_about_and_some_of_them_are_not(cast: Cast) -> None:
    serial = current(cast.site(VS_ES1=1), "VAI")
    order(cast, serial, "first", VS_ES1=2, ISS_Expert=3)
    order(cast, serial, "one of them", VS_ES1=2)
    with pytest.raises(OrderRefused) as refusal:
        order(cast, serial, "again", ISS_Expert=3, VS_ES1=2)
    assert [type(problem) for problem in refusal.value.problems] == [SameLines]


@pytest.mark.parametrize("again", AGAIN)
def test_one_purchase_order_is_asked_about_however_it_is_typed(cast: Cast, again: str) -> None:
    serial = current(cast.site(VS_ES1=1), "VAI")
    first = order(cast, serial, PO, VS_ES1=2)
    with pytest.raises(OrderRefused) as refusal:
        order(cast, serial, again, VS_ES1=3)
    (problem,) = refusal.value.problems
    assert isinstance(problem, SamePurchaseOrder)
    assert [each.order for each in problem.earlier] == [first.reference]
    assert (first.po_number, first.po_number_key) == (PO, "7001-a")


@pytest.mark.parametrize("other", ["7001", "7001A", "7001-B", "PO-7001-Á"])
def test_another_purchase_order_is_not(cast: Cast, other: str) -> None:
    serial = current(cast.site(VS_ES1=1), "VAI")
    order(cast, serial, PO, VS_ES1=2)
    assert order(cast, serial, other, VS_ES1=3).state == "in_review"


def test_an_accent_in_capitals_is_the_same_accent(cast: Cast) -> None:
    """On SQLite LIKE takes them for two."""
    serial = current(cast.site(VS_ES1=1), "VAI")
    order(cast, serial, "Café 7", VS_ES1=2)
    with pytest.raises(OrderRefused):
        order(cast, serial, "CAFE\N{COMBINING ACUTE ACCENT} 7", VS_ES1=3)


def test_rows_of_one_purchase_order_are_one_order(cast: Cast) -> None:
    forget_all()
    serial = current(cast.site(VS_ES1=1), "VAI")
    parts = zip(AGAIN[:3], ("VS-ES1", "vs es3", "VS_ES5"), strict=True)
    rows = (existing(po, serial, part_number=part) for po, part in parts)
    upload = Desk(cast).preview(*rows)
    assert [status for status, _ in decided(upload)] == ["in_review"]
    order(cast, serial, PO, VS_ES1=2)
    upload = Desk(cast).preview(existing(AGAIN[5], serial, part_number="VS-ADV1"))
    ((status, why),) = decided(upload)
    assert status == "refused"
    assert why.startswith(f"{po_label(AGAIN[5])} was ordered for this site already.")


def test_parts_of_a_file_are_found_however_they_are_typed(cast: Cast) -> None:
    forget_all()
    parts = ("VS-ES1", "vs es3", "VS_ES5", "vsadv1", "VS–ADV3")
    Desk(cast).place(*(row("7", site_name="Pier 9", part_number=part) for part in parts))
    placed = Order.objects.get(po_number="7")
    found = [line.product_id for line in placed.lines.all()]
    assert found == ["VS-ES1", "VS-ES3", "VS-ES5", "VS-ADV1", "VS-ADV3"]


def test_it_is_found_however_it_is_typed(cast: Cast) -> None:
    site = cast.site(VS_ES1=1)
    waiting = order(cast, current(site, "VAI"), PO, VS_ES1=2)
    buyer, sales = Client(), Client()
    buyer.force_login(cast.buyer)
    cast.sales.is_superuser = True
    cast.sales.save()
    sales.force_login(cast.sales)
    for typed in AGAIN:
        forget_all()
        assert (
            waiting.get_absolute_url()
            in buyer.get("/installations/", {"q": typed}).content.decode()
        )
        listed = sales.get("/admin/orders/order/", {"q": typed}).content.decode()
        assert f"/admin/orders/order/{waiting.pk}/change/" in listed, typed
    listed = sales.get("/admin/orders/order/", {"q": "001–a"}).content.decode()
    assert f"/admin/orders/order/{waiting.pk}/change/" in listed  # part of it, too


def test_what_was_there_before_is_folded_counted_and_named(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the migration, which goes on where it broke off and changes nothing else."""
    serial = current(cast.site(VS_ES1=1), "VAI")
    first = order(cast, serial, "PO-1", VS_ES1=2)
    twin = order(cast, serial, "x", VS_ES1=3)
    case = order(cast, serial, "po-2", VS_ES1=4), order(cast, serial, "y", VS_ES1=5)
    for each, po_number in ((twin, "PO–1"), (case[1], "PO-2")):  # as it was not asked about then
        Order.objects.filter(pk=each.pk).update(po_number=po_number)
    Order.objects.update(po_number_key="")
    migration = importlib.import_module("orders.migrations.0010_po_numbers_folded")

    class Apps:
        def get_model(self, app: str, name: str) -> type[models.Model]:
            return Order

    migration.fold(Apps(), None)
    printed = capsys.readouterr().out
    assert "PO numbers of 5 orders were folded." in printed
    assert "1 PO numbers were written in several ways" in printed
    assert ", ".join(sorted([first.reference, twin.reference])) in printed
    keys = dict(Order.objects.exclude(po_number_key="").values_list("po_number", "po_number_key"))
    assert (len(Order.objects.exclude(po_number_key="")), keys["PO–1"], keys["PO-1"]) == (
        5,
        "1",
        "1",
    )
    migration.fold(Apps(), None)
    assert capsys.readouterr().out == ""
