"""Random lines of orders: most of what there is to add, upgrade and renew, and some nonsense."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from licensing.models import Family, Product, UpgradePath
from tests.orders.units import CATALOG, PATHS, Line

STARTS = [dt.date(2024, 2, 29), dt.date(2025, 11, 24), dt.date(2027, 3, 1), dt.date(2028, 2, 29)]
ADDS = [Line("add", part, quantity) for part in CATALOG for quantity in (1, 2, 5)]
TERMS = [
    Line("add", part, 2, start=start)
    for part in ("VS-ES1", "VS-ES3", "ISS-Expert")
    for start in STARTS
]
UPGRADES = [
    Line("upgrade", part, quantity, source)
    for source, part in [*sorted(PATHS), ("VS-ES1", "VS-ADV3"), ("VS-ADV1", "VS-ES1")]
    for quantity in (1, 2, 4)
]
SUBSCRIPTIONS = [part for part in CATALOG if CATALOG[part].years]
RENEWALS = [
    Line("renew", part, quantity, source)
    for source in SUBSCRIPTIONS
    for part in SUBSCRIPTIONS
    if CATALOG[source].tier == CATALOG[part].tier or part == "VS-ADV1"
    for quantity in (1, 2, 3)
]
ANY = [st.sampled_from(lines) for lines in (ADDS, TERMS, UPGRADES, RENEWALS, UPGRADES, RENEWALS)]
LINES = st.lists(st.one_of(ANY), min_size=1, max_size=4)
BASES = [Line("add", part, 5) for part in ("ISS-Expert", "ISS-Federation", "NVR-Base")]
FIRST = st.lists(st.sampled_from(ADDS), max_size=4)
WAITS = st.sampled_from([0, 1, 40, 350, 364, 365, 366, 400, 731, 1096])  # days


def that_names_a_lot(line: Line, ends: Iterable[dt.date | None]) -> Line:
    """Most lines say which lot they mean: one of those that are there, by their ends."""
    there = sorted({end for end in ends if end})
    return replace(line, end=there[line.quantity % len(there)]) if there and line.source else line


def make_third_family() -> None:
    """Makes a family as staff may; the model has it already."""
    Family.objects.create(code="NVR", name="Recorders", reissue_on_upgrade=True)
    for number, item in CATALOG.items():
        if item.family == "NVR":
            Product.objects.create(
                part_number=number,
                family_id=item.family,
                unit=Product.Unit.SERVER,
                requires_id=item.requires or None,
                requires_one_each=item.strict,
            )
    for source, part in PATHS:
        if CATALOG[part].family == "NVR":
            UpgradePath.objects.create(from_product_id=source, to_product_id=part)
