"""The two hundred purchase orders of tests/data/, uploaded as one file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from licensing.models import Serial
from orders.models import Order
from orders.models.bulk import BulkUpload
from tests.bulk.uploads import Desk, finish, place, results
from tests.cast import Cast
from tests.licensing.invariants import violations
from tests.purchase_orders import FILE, NEW, Expected, expected, rows

# An earlier order of the file replaces the serial number that these quote.
TOLD_ONCE_PLACED = {
    "vai-ordered-twice-second": "This serial number was replaced on Nov 24, 2026. "
    "As of today, the current one is …."
}
CURRENT = re.compile(r"As of [^,]+, \d+, the current one is ([-0-9A-Z]+)\.$")


@pytest.fixture
def upload(installed: Cast) -> BulkUpload:
    return finish(Desk(installed).upload_file(FILE.read_bytes()))


def told(upload: BulkUpload) -> dict[tuple[int, ...], tuple[str, str]]:
    """By the rows of each order: what becomes of it, and why."""
    return {
        tuple(row.number for row in order.rows.order_by("number")): (
            order.status,
            without_serial(" ".join(text for _, text in order.reasons)),
        )
        for order in upload.orders.prefetch_related("rows")
    }


def without_serial(reason: str) -> str:
    return CURRENT.sub("As of today, the current one is ….", reason)


@pytest.mark.siege
def test_the_preview_says_of_each_order_what_becomes_of_it(upload: BulkUpload) -> None:
    assert told(upload) == {each.rows: (each.status, each.reason) for each in expected()}


@pytest.mark.siege
def test_each_order_is_placed_as_it_was_previewed(upload: BulkUpload) -> None:
    known = set(Serial.objects.values_list("number", flat=True))
    before = Order.objects.count()
    found = dict(enumerate(results(place(upload)), start=2))
    for each in expected():
        for number in each.rows:
            assert checked(each, found[number], known) == wanted(each), each
    assert {number: without_result(row) for number, row in found.items()} == rows()
    assert Order.objects.count() - before == sum(e.status != "refused" for e in expected())
    assert violations() == []


def checked(each: Expected, row: dict[str, str], known: set[str]) -> dict[str, Any]:
    """The result of a row; a serial number that was not there before reads NEW."""
    serials = {
        name: NEW if row[name] and row[name] not in known else row[name]
        for name in ("iss_serial", "vai_serial")
    }
    values = {name: row[name] for name in ("status", "reason", "installation")}
    told_now = CURRENT.search(values["reason"])
    assert not told_now or told_now[1] in (row["iss_serial"], row["vai_serial"])
    reason = re.sub(r"^Row \d+: ", "", values["reason"])  # it is another row's fault
    values["reason"] = without_serial(reason)
    return {**values, **serials, "is_placed": bool(row["order_number"])}


def wanted(each: Expected) -> dict[str, Any]:
    names = ("status", "reason", "installation", "iss_serial", "vai_serial")
    is_placed = each.status != "refused"
    values = {name: getattr(each, name) for name in names}
    reason = TOLD_ONCE_PLACED.get(each.case, each.reason)
    return {**values, "reason": reason, "is_placed": is_placed}


def without_result(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in next(iter(rows().values()))}


def test_all_actions_kinds_and_answers_are_there() -> None:
    """Else the file has lost what it is for."""
    assert len(expected()) == 200
    assert len({each.case for each in expected()}) == 71
    found = [(row["kind"], row["action"]) for row in rows().values()]
    for pair in [("new", "add"), *(("existing", action) for action in ("add", "upgrade", "renew"))]:
        assert found.count(pair) > 10 or pair[0] == "new", pair
    assert {each.status for each in expected()} == {"issued", "in_review", "held", "refused"}
