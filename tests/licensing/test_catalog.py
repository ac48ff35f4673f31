"""The catalog is data: loaded again and again, changed by staff, open for more families."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from licensing.catalog import CATALOG, load_catalog
from licensing.models import Family, Product
from licensing.serial_policy import Action
from tests.cast import Cast, current

# The vendor's page, in its order
ISS = [
    "ISS-Expert",
    "ISS-ExpertPlus",
    "ISS-ExpertStarterPack",
    "ISS-Federation",
    "ISS-Backup",
    "ISS-Failover",
    "ISS-FedFailover",
    "ISS-IDLA",
    "ISS-Redundant",
    "ISS-RTP",
]
VAI = ["VS-ES1", "VS-ES3", "VS-ES5", "VS-ADV1", "VS-ADV3", "VS-ADV5"]


@pytest.fixture
def catalog(db: None) -> None:
    call_command("load_catalog", verbosity=0)


def test_all_16_products_are_there_in_the_vendors_order(catalog: None) -> None:
    assert list(Product.objects.values_list("pk", flat=True)) == [*ISS, *VAI]
    assert set(Product.objects.filter(family="VAI").values_list("pk", flat=True)) == set(VAI)


def test_the_families_carry_the_policy(catalog: None) -> None:
    policies = {family.code: family.reissue_on for family in Family.objects.all()}
    assert policies == {"ISS": frozenset(), "VAI": frozenset(Action)}


def test_terms_are_what_the_part_numbers_say(catalog: None) -> None:
    terms = dict(Product.objects.filter(family="VAI").values_list("pk", "term_years"))
    assert terms == {number: int(number[-1]) for number in VAI}


def test_prerequisites_and_the_kit_are_what_the_descriptions_say(catalog: None) -> None:
    for product in Product.objects.all():
        says = f"Requires an {product.requires_id} license." if product.requires_id else ""
        assert ("Requires" in product.description) == bool(says)
        assert product.description.endswith(says)
    pack = Product.objects.get(pk="ISS-ExpertStarterPack")
    assert pack.description == f"Pack of {pack.kit_quantity} {pack.kit_of_id} licenses."


def test_loading_again_adds_nothing_and_keeps_what_staff_changed(catalog: None) -> None:
    Product.objects.filter(pk="ISS-RTP").update(description="Ours.", active=False)
    Family.objects.filter(pk="VAI").update(reissue_on_renew=False)
    assert load_catalog() == 0
    assert Product.objects.filter(pk="ISS-RTP", description="Ours.", active=False).exists()
    assert not Family.objects.get(pk="VAI").reissue_on_renew


def test_what_an_upgrade_brings_is_added(catalog: None, tmp_path: Path) -> None:
    newer = tmp_path / "catalog.toml"
    product = 'part_number = "VS-ES7"\nfamily = "VAI"\nunit = "camera"\ndescription = "7 years"\n'
    newer.write_text(f"{CATALOG.read_text()}\n[[products]]\n{product}term_years = 7\n")
    assert load_catalog(newer) == 1
    assert Product.objects.get(pk="VS-ES7").term_years == 7


@pytest.mark.parametrize("part", ["VS_ADV3", "vs-adv3", "VSADV3", "VS ADV3", "VS–ADV3"])
def test_a_catalog_whose_parts_read_alike_is_refused(
    catalog: None, tmp_path: Path, part: str
) -> None:
    """A user who types one of them in a file would get the other."""
    newer = tmp_path / "catalog.toml"
    product = f'part_number = "{part}"\nfamily = "VAI"\nunit = "camera"\ndescription = "?"\n'
    newer.write_text(f"{CATALOG.read_text()}\n[[products]]\n{product}term_years = 3\n")
    with pytest.raises(ValidationError, match="reads like “VS-ADV3”"):
        load_catalog(newer)
    assert not Product.objects.filter(pk=part).exists()


def test_a_third_family_is_data_only(cast: Cast) -> None:
    """One that changes its serial on renewals and upgrades, but not on an add-on."""
    Family.objects.create(code="NVR", name="NVR licensing", reissue_on_renew=True)
    Product.objects.create(
        part_number="NVR-16", family_id="NVR", unit="device", description="16 channels."
    )
    site = cast.site(NVR_16=1, ISS_Expert=1)
    first = current(site, "NVR")
    assert first.startswith("NVR-")
    order = cast.issue(cast.order_existing(first, NVR_16=2))
    assert {row.family_id: row.outcome for row in order.serials.all()} == {
        "NVR": "stays",
        "ISS": "not_changed",
    }
    Family.objects.filter(pk="NVR").update(reissue_on_add=True)
    order = cast.issue(cast.order_existing(first, NVR_16=2))
    assert order.serials.get(family="NVR").outcome == "replaces"
