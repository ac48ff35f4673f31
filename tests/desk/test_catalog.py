"""The catalog at the desk: what staff may change, and what would make no sense."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from zeal import zeal_ignore

from companies.models import User
from licensing.coverage import NotCovered
from licensing.models import Family, Product, UpgradePath
from orders.rules.problems import OrderRefused
from tests.cast import Cast, current
from tests.desk.staffed import Enter
from tests.ordering import line, order_lines

PRODUCTS = "/admin/licensing/product/"
PATHS = "/admin/licensing/upgradepath/"


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
        ({"part_number": "iss_expert"}, "“iss_expert” reads like “ISS-Expert”"),
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


# Prerequisites and upgrades


def test_the_strict_switch_of_a_prerequisite(manager: Client, cast: Cast) -> None:
    """With it, too few base licenses are refused; without, they are only a warning."""
    assert change(manager, "ISS-Failover", requires="ISS-Expert", requires_one_each="on")
    with pytest.raises(OrderRefused) as refused:
        cast.order_new(ISS_Expert=1, ISS_Failover=2)
    assert refused.value.problems == (NotCovered("ISS-Failover", "ISS-Expert", 2, 1),)
    assert change(manager, "ISS-Failover", requires="ISS-Expert")
    assert cast.order_new(ISS_Expert=1, ISS_Failover=2).state == "in_review"


def add_path(client: Client, source: str, target: str) -> Any:
    data = {"from_product": source, "to_product": target, "active": "on"}
    with zeal_ignore():  # two products of one form are no rows of a list
        return client.post(f"{PATHS}add/", data)


def test_a_new_upgrade_path_can_be_ordered(manager: Client, cast: Cast) -> None:
    site = cast.site(VS_ES1=2)
    lines = [line("VS-ADV5", 2, "upgrade", "VS-ES1")]
    with pytest.raises(OrderRefused):
        order_lines(cast, current(site, "VAI"), lines=lines)
    assert add_path(manager, "VS-ES1", "VS-ADV5").status_code == 302
    assert order_lines(cast, current(site, "VAI"), lines=lines).state == "in_review"


def test_an_upgrade_path_that_is_switched_off_is_none(manager: Client) -> None:
    path = UpgradePath.objects.get(from_product="VS-ES1")
    assert manager.post(f"{PATHS}{path.pk}/change/", {"from_product": "ISS-RTP"}).status_code == 302
    path.refresh_from_db()
    assert (path.from_product_id, path.active) == ("VS-ES1", False)


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("VS-ES1", "VS-ES1", "Choose another product than this one."),
        ("VS-ES1", "ISS-Expert", "Both products must be of the same license type."),
        ("ISS-Expert", "ISS-ExpertStarterPack", "A kit can only be added."),
        ("VS-ES1", "VS-ADV1", "already exists."),
        ("", "VS-ADV1", "This field is required."),
    ],
)
def test_an_upgrade_path_that_makes_no_sense(
    manager: Client, source: str, target: str, says: str
) -> None:
    before = UpgradePath.objects.count()
    response = add_path(manager, source, target)
    assert says in response.content.decode()
    assert "Constraint" not in response.content.decode()
    assert UpgradePath.objects.count() == before


@pytest.mark.parametrize("typed", ["vs adv3", "VS_ADV3", "vsadv3", "adv3"])
def test_a_part_is_searched_for_however_it_is_typed(manager: Client, typed: str) -> None:
    found = manager.get(PRODUCTS, {"q": typed}).content.decode()
    assert f"{PRODUCTS}VS-ADV3/change/" in found
    assert f"{PRODUCTS}VS-ADV5/change/" not in found
    paths = manager.get(PRODUCTS.replace("product", "upgradepath"), {"q": typed}).content.decode()
    assert "VS-ES3 → VS-ADV3" in paths
    assert "VS-ES5 → VS-ADV5" not in paths
