"""The catalog at the desk: what staff may change, and what would make no sense."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from zeal import zeal_ignore

from companies.models import User
from licensing.models import Family, Product
from tests.desk.conftest import Enter

PRODUCTS = "/admin/licensing/product/"


@pytest.fixture
def manager(roles: dict[str, User], enter: Enter) -> Client:
    return enter(roles["Sales manager"])


def change(client: Client, pk: str, **changes: Any) -> Any:
    with zeal_ignore():  # Django's own form asks for each product that it refers to
        return client.post(f"{PRODUCTS}{pk}/change/", product(**changes))


def product(**changes: Any) -> dict[str, Any]:
    return {
        "part_number": "ISS-New",
        "family": "ISS",
        "description": "A new license.",
        "unit": "device",
        "kit_quantity": "1",
        "position": "99",
        "active": "on",
        **changes,
    }


def test_a_new_product_can_be_ordered(manager: Client) -> None:
    data = product(requires="ISS-Expert")
    assert manager.post(f"{PRODUCTS}add/", data).status_code == 302
    assert Product.objects.get(pk="ISS-New").requires_id == "ISS-Expert"
    assert LogEntry.objects.get().is_addition()


def test_a_product_is_taken_out_of_the_catalog(manager: Client) -> None:
    assert change(manager, "ISS-RTP", active="").status_code == 302
    assert not Product.objects.get(pk="ISS-RTP").active


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kit_of": "ISS-Expert"}, "A pack names its product and holds 2 units or more"),
        ({"kit_quantity": "4"}, "A pack names its product and holds 2 units or more"),
        ({"kit_of": "ISS-ExpertStarterPack", "kit_quantity": "2"}, "This is a pack itself."),
        ({"requires": "VS-ES1"}, "Choose a product of the same license type."),
        ({"counts_as": "VS-ES1"}, "Choose a product of the same license type."),
        ({"term_years": "0"}, "term"),
        ({"part_number": "ISS-Expert"}, "already exists"),
        ({"description": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_makes_no_sense_is_refused(
    manager: Client, changes: dict[str, str], told: str
) -> None:
    before = Product.objects.count()
    response = manager.post(f"{PRODUCTS}add/", product(**changes))
    assert response.status_code == 200
    assert told in response.content.decode()
    assert Product.objects.count() == before


@pytest.mark.parametrize("name", ["kit_of", "requires", "counts_as"])
def test_a_product_does_not_refer_to_itself(manager: Client, name: str) -> None:
    quantity = "2" if name == "kit_of" else "1"
    response = change(manager, "ISS-RTP", kit_quantity=quantity, **{name: "ISS-RTP"})
    assert "Choose another product than this one." in response.content.decode()


def test_what_packs_hold_does_not_become_a_pack(manager: Client) -> None:
    response = change(manager, "ISS-Expert", kit_of="ISS-RTP", kit_quantity="2")
    assert "Packs stand for this product" in response.content.decode()


def test_what_was_sold_keeps_part_number_and_license_type(manager: Client) -> None:
    response = change(manager, "ISS-RTP", part_number="ISS-Other", family="VAI")
    assert response.status_code == 302
    assert Product.objects.get(pk="ISS-RTP").family_id == "ISS"
    assert not Product.objects.filter(pk="ISS-Other").exists()


def test_the_serial_policy_is_a_switch_of_the_license_type(manager: Client) -> None:
    data = {"name": "ISS", "position": "1", "reissue_on_renew": "on"}
    assert manager.post("/admin/licensing/family/ISS/change/", data).status_code == 302
    assert Family.objects.get(pk="ISS").reissue_on_renew
    assert "Changed" in LogEntry.objects.get().get_change_message()
