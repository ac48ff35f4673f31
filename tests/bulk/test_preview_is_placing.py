"""A preview says of each order what placing does, for random files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companies.models import Company
from orders.bulk import actions
from orders.models import Order
from orders.models.bulk import BulkUpload
from tests.bulk.uploads import Desk, Row, finish, row
from tests.cast import Cast, current
from tests.customers.reading import site_since, years_ago
from tests.licensing.invariants import violations
from tests.world import undone

pytestmark = pytest.mark.both_databases

# What a row may say, without the serial numbers
ADDS = [
    {"part_number": part, "action": "add"}
    for part in ("ISS-Expert", "ISS-ExpertStarterPack", "ISS-Failover", "VS-ES1", "VS-ADV3")
]
CHANGES = [
    {"part_number": part, "action": action, "from_part_number": source}
    for part, action, source in (
        ("VS-ADV1", "upgrade", "VS-ES1"),
        ("ISS-ExpertPlus", "upgrade", "ISS-Expert"),
        ("VS-ES3", "renew", "VS-ES1"),
        ("VS-ES1", "renew", "VS-ADV1"),
    )
]
SLIPS: list[Row] = [{"quantity": 0}, {"start_date": "2027-03-01"}, {"start_date": "2150-01-01"}]
NEW = [{"kind": "new", "site_name": name} for name in ("Pier 9", "PIER–9", "Pier 10", "Old Mill")]
QUOTED = ["iss", "vai", "replaced", "bare", "running out", "foreign", "unknown", "", "both"]

LINES = st.one_of(st.sampled_from(ADDS), st.sampled_from(CHANGES))
SITES = st.one_of(
    st.sampled_from(NEW),
    st.sampled_from(QUOTED).map(lambda quoted: {"kind": "existing", "serial_number": quoted}),
)
MORE: st.SearchStrategy[Row] = st.one_of(
    st.just({}), st.just({}), st.just({}), st.sampled_from(SLIPS)
)
ROWS = st.builds(
    lambda number, quantity, *parts: {
        **row(f"PO-{number}", quantity=quantity),
        **{name: value for part in parts for name, value in part.items()},
    },
    st.integers(1, 4),
    st.integers(1, 3),
    SITES,
    LINES,
    MORE,
)
FILES = st.lists(ROWS, min_size=1, max_size=9)


@pytest.fixture
def sites(cast: Cast) -> dict[str, str]:
    """Serial numbers that a file may quote, by what they are."""
    mill = cast.site(ISS_Expert=2, VS_ES1=3)
    mill.site_name = "Old Mill"
    mill.save()
    replaced = current(mill, "VAI")
    cast.issue(cast.order_existing(replaced, VS_ADV1=2))
    foreign = cast.issue(cast.order_new(company=cast.summit, by=cast.outsider)).installation
    assert foreign
    return {
        "iss": current(mill, "ISS"),
        "vai": current(mill, "VAI"),
        "replaced": replaced,
        "bare": current(cast.site(ISS_Federation=1), "ISS"),
        "running out": current(site_since(cast, years_ago(1, 22), VS_ES1=4), "VAI"),
        "foreign": current(foreign, "ISS"),
        "unknown": "ISS-7K3M-9QWX-4TZ8-2HPC",
        "": "",
    }


def written(file: list[Row], serials: dict[str, str]) -> list[Row]:
    """The rows with the serial numbers; `both` quotes that of another family than the line's."""
    other = {"I": serials["vai"], "V": serials["iss"]}
    return [
        {**each, "serial_number": serials.get(each["serial_number"], other[each["part_number"][0]])}
        if "serial_number" in each
        else each
        for each in file
    ]


def told(upload: BulkUpload) -> list[tuple[Any, ...]]:
    """The result of each order, without the hints that only one of the two gives."""
    return [
        (order.po_number, order.status, order.site, order.outcomes, reasons(order.reasons))
        for order in upload.orders.order_by("position")
    ]


HINTS = ("not renewed yet", "was replaced on", "Perhaps you mean", "To order for")


def reasons(told: list[tuple[int | None, str]]) -> list[Any]:
    return [each for each in told if not any(hint in each[1] for hint in HINTS)]


@pytest.mark.siege
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(file=FILES, auto_issue=st.sampled_from([True, True, False]))
def test_a_preview_says_what_placing_does(
    desk: Desk, sites: dict[str, str], file: list[Row], auto_issue: bool
) -> None:
    """Also of the orders that it refuses: they are placed as well, to see them refused."""
    with undone():
        Company.objects.filter(pk=desk.cast.harbor.pk).update(auto_issue=auto_issue)
        desk.cast.harbor.auto_issue = auto_issue
        count = Order.objects.count()
        upload = desk.preview(*written(file, sites))
        assert Order.objects.count() == count
        foreseen = told(upload)
        upload.orders.filter(status="refused").update(status="issued")
        upload.to_place = upload.order_count
        upload.save()
        assert told(finish(actions.place(upload, by=upload.by))) == foreseen
        assert violations() == []
