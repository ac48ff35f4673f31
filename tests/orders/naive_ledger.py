"""The truths of the ledger, read in a few plain queries and worked out by hand.

It knows nothing of `orders.audit.ledger`, which a live database is checked with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from licensing.models import Movement, Serial
from orders.models import OrderLine

Family = tuple[int, str]  # of which installation
RENEWED = "units of any product that go on"


@dataclass(frozen=True)
class Size:
    """How much there is; only an issue adds anything."""

    issued: int
    revisions: int
    serials: int
    current: int
    lots: int
    movements: int

    @classmethod
    def now(cls) -> Size:
        counted = [
            "orders_order WHERE state = 'issued'",
            "licensing_revision WHERE cause = 'order'",
            "licensing_serial",
            "licensing_serial WHERE is_current",
            "licensing_lot",
            "licensing_movement",
        ]
        counts = ", ".join(f"(SELECT count(*) FROM {each})" for each in counted)  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counts}")
            return cls(*cursor.fetchone())


def check_serials(births: dict[int, str]) -> dict[int, str]:
    """No fork, no gap, one current at the end. Gives the ISS serial of each site, as it was born.

    `births` are those that were known before: they are the current ones still.
    """
    chains: defaultdict[Family, list[Serial]] = defaultdict(list)
    for serial in Serial.objects.order_by("generation"):
        chains[serial.installation_id, serial.family_id].append(serial)
    for chain in chains.values():
        before = [None, *(serial.pk for serial in chain)]
        for number, serial in enumerate(chain):
            assert serial.generation == number + 1, "a chain has a gap"
            assert serial.supersedes_id == before[number], "a chain is forked"
            assert serial.is_current == (serial is chain[-1]), "not the newest one is current"
    born = {site: chain[0].number for (site, family), chain in chains.items() if family == "ISS"}
    kept = {site: chain[-1].number for (site, family), chain in chains.items() if family == "ISS"}
    assert kept == born, "an ISS serial changed since its birth"
    assert births.items() <= born.items(), "an ISS serial is not what it was"
    return born


def check_entitlements() -> None:
    """Holdings are what issued orders put in, and none of them is below zero.

    Where something was issued there is one current serial, and the other way round.
    """
    ordered, families = _ordered()
    moved: defaultdict[tuple[int, str], int] = defaultdict(int)
    units, renewed = Counter[int](), Counter[int]()
    for movement in Movement.objects.select_related("lot", "revision"):
        assert movement.revision.installation_id == movement.lot.installation_id
        moved[movement.lot.installation_id, movement.lot.product_id] += movement.quantity
        moved[movement.lot.installation_id, RENEWED] += movement.renewed
        units[movement.lot_id] += movement.quantity
        renewed[movement.lot_id] += movement.renewed
    assert _nonzero(moved) == _nonzero(ordered), "holdings are off"
    assert all(0 <= renewed[lot] <= units[lot] for lot in units), "more is gone than there was"
    current = Serial.objects.filter(is_current=True)
    here = current.exclude(issued_elsewhere=True).values_list("installation", "family")
    assert set(here) <= families <= set(current.values_list("installation", "family"))


def _nonzero(units: Mapping[tuple[int, str], int]) -> dict[tuple[int, str], int]:
    return {key: count for key, count in units.items() if count}


def _ordered() -> tuple[Counter[tuple[int, str]], set[Family]]:
    """The issued orders' units of each part, kits opened, and their families, for each site."""
    ordered: Counter[tuple[int, str]] = Counter()
    families = set()
    for line in OrderLine.objects.filter(order__state="issued").select_related("order", "product"):
        site, product = line.order.installation_id, line.product
        assert site is not None
        families.add((site, product.family_id))
        ordered[site, product.kit_of_id or product.pk] += line.quantity * product.kit_quantity
        if line.action == "renew":
            ordered[site, RENEWED] += line.quantity
        if line.action == "upgrade":
            ordered[site, str(line.source_id)] -= line.quantity
    return ordered, families
