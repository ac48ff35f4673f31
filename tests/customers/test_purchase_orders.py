"""The two hundred purchase orders of tests/data/, typed into the form one by one: the same
results as in one file (tests/bulk/test_purchase_orders.py)."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from licensing.models import Product, Serial
from orders.form.lines import source_value
from orders.models import Order
from tests.cast import Cast
from tests.customers.order_form import values
from tests.licensing.invariants import violations
from tests.pages import values_of, words
from tests.purchase_orders import NEW, Expected, expected, rows
from tests.tries import forget_all

# Slips that a file can have and the form can't: its fields are not there, or have a choice.
ONLY_IN_FILES = {"from-of-add", "action-missing", "start-of-renewal"}
HINT = " If you want to order it anyway, use the order form."  # which is where we are
BY_THE_FORM = re.compile(r"(\w+) (is|too long)\b.*(Fill it in|Write |Look |Shorten)|A new inst")


class Typist:
    """Fills in the form as a purchase order reads, and answers what it asks as a file does:
    warnings are accepted, a serial that is not found is left to sales, a guard is not confirmed."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.client = Client()
        self.client.force_login(cast.buyer)
        self.families = dict(Product.objects.values_list("part_number", "family"))

    def order(self, lines: list[dict[str, str]]) -> tuple[Order | None, str]:
        """The order, or what the page says instead."""
        data = self.filled_in(lines)
        response = self.send(data)
        if self.serial_is_not_found(response):
            data |= {"without_serial": "on"}
            response = self.send(data)
        if response.status_code == 200 and (tokens := self.warnings(response)):
            response = self.send(data | {"confirmed": tokens})
        if response.status_code == 302:
            return Order.objects.latest("pk"), ""
        return None, words(response)

    def send(self, data: dict[str, Any]) -> Any:
        forget_all()  # two hundred orders in a minute are more than anybody types
        return self.client.post("/orders/new/", data)

    def filled_in(self, lines: list[dict[str, str]]) -> dict[str, Any]:
        first = lines[0]
        fields = values(
            *((line["part_number"], line["quantity"].replace(",", "")) for line in lines),
            company=str(self.cast.harbor.pk),
            kind=first["kind"],
            site_name=first["site_name"] if first["kind"] == "new" else "",
            po_number=first["po_number"],
            submission=str(uuid.uuid4()),
            notify=first["notify"],
        )
        for number, line in enumerate(lines):
            source = line["from_part_number"]
            fields[f"lines-{number}-action"] = line["action"]
            fields[f"lines-{number}-starts_on"] = in_iso(line["start_date"])
            if source:
                fields[f"lines-{number}-source"] = (
                    f"{source_value(source, None)}{in_iso(line['lot_end'])}"
                )
        return fields | self.quoted(lines)

    def quoted(self, lines: list[dict[str, str]]) -> dict[str, str]:
        """Each serial in the field of its license type, or in the other where that is taken."""
        fields: dict[str, str] = {}
        for line in lines:
            if (serial := line["serial_number"]) and serial not in fields.values():
                family = serial[:3] if serial[:3] in ("ISS", "VAI") else "ISS"
                other = "VAI" if family == "ISS" else "ISS"
                fields[f"serial_{other if f'serial_{family}' in fields else family}"] = serial
        return fields

    def serial_is_not_found(self, response: Any) -> bool:
        said = words(response) if response.status_code == 200 else ""
        return any(
            text in said
            for text in (
                "No installation of yours has this",
                "Enter the serial number of the",
                "This serial number has a typing error",
            )
        )

    def warnings(self, response: Any) -> list[str]:
        tokens = values_of(response, "confirmed")
        return [token for token in tokens if token.startswith("not_covered")]


def in_iso(day: str) -> str:
    """As the browser sends what was chosen for 12/15/2026."""
    month, _, rest = day.partition("/")
    return f"{rest[-4:]}-{month:>02}-{rest[:-5]:>02}" if rest else day


@pytest.fixture
def typist(installed: Cast) -> Typist:
    return Typist(installed)


@pytest.mark.siege
def test_each_order_typed_in_has_the_result_that_it_has_in_a_file(typist: Typist) -> None:
    lines, known = rows(), set(Serial.objects.values_list("number", flat=True))
    for each in expected():
        order, said = typist.order([lines[number] for number in each.rows])
        if each.case in ONLY_IN_FILES:
            continue
        if each.status == "refused":
            assert order is None, each
            # what a file says instead of the button “Use this site”
            reason = each.reason.split(" To order for “")[0].removesuffix(HINT)
            assert reason in said or BY_THE_FORM.search(each.reason), (each, said)
        else:
            assert order is not None, (each, said)
            assert result_of(order, known) == wanted(each), each
    assert violations() == []


def result_of(order: Order, known: set[str]) -> tuple[str, str, str, str]:
    order.refresh_from_db()
    site = order.installation
    current = dict(site.serials.current().values_list("family", "number")) if site else {}
    iss, vai = (
        NEW if number and number not in known else number
        for number in (current.get("ISS", ""), current.get("VAI", ""))
    )
    known.update(current.values())
    return order.state, order.site, iss, vai


def wanted(each: Expected) -> tuple[str, str, str, str]:
    return each.status, each.installation, each.iss_serial, each.vai_serial
