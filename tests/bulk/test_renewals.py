"""A row that adds what could renew units near their end is asked about, before it is placed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.bulk.uploads import Desk, decided, existing, place, row
from tests.cast import NOW, Cast, current
from tests.customers.reading import site_since, years_ago


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_row_that_adds_what_ends_soon_is_asked_about(cast: Cast, desk: Desk) -> None:
    serial = current(site_since(cast, years_ago(1, 22), VS_ES1=6), "VAI")
    renewal = {"part_number": "VS-ES1", "action": "renew", "from_part_number": "VS-ES1"}
    upload = desk.preview(
        existing("PO-1", serial, part_number="VS-ES3", quantity=2),
        existing("PO-2", serial, part_number="ISS-Expert"),
        existing("PO-3", serial, quantity=6, **renewal),
        existing("PO-4", serial, part_number="VS-ES1", quantity=2),
        row("PO-5", site_name="Pier 9", part_number="VS-ES1"),
    )
    hint = (
        "6 × VS-ES1 of this site, valid through Dec 15, 2026, are not renewed yet. "
        "Renew them instead of adding more?"
    )
    assert [hint in said for _status, said in decided(upload)] == [True] + [False] * 4
    first = upload.orders.earliest("position")
    assert [number for number, text in first.reasons if text == hint] == [2]
    assert [hint in said for _status, said in decided(place(upload))] == [False] * 5
