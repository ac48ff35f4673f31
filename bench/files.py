"""The cost of a file of orders: its preview and its placing, for a dealer of any size.

`measure` works in the database that is connected, which the bench has filled. Steps are called as
the page of a file calls them, one after the other.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from companies.models import Company, Role, User
from licensing.models import Serial
from orders.bulk import actions
from orders.bulk.file.columns import COLUMNS
from orders.models.bulk import BulkUpload

NEW_OF = 3  # one order of so many is for a new site, the others are for sites of the dealer
LOCK = '"companies_company" WHERE "companies_company"."id" = '


@dataclass
class Phase:
    """The preview of a file, or its placing. Times are milliseconds."""

    orders: int
    steps: list[float] = field(default_factory=list)
    locked: list[float] = field(default_factory=list)  # the dealer's row, in one transaction
    statements: int = 0
    cpu: float = 0.0  # of our process, without the database's
    wall: float = 0.0

    def figures(self, name: str) -> dict[str, float]:
        return {
            f"{name}: ms of an order": self.wall / self.orders,
            f"{name}: CPU ms of an order": self.cpu / self.orders,
            f"{name}: statements of an order": self.statements / self.orders,
            f"{name}: longest step, ms": max(self.steps),
            f"{name}: dealer locked at most, ms": max(self.locked, default=0.0),
        }


def measure(orders: int, dealer_orders: int) -> dict[str, float]:
    """Previews and places a file of the dealer that has about so many orders."""
    dealer = _dealer(dealer_orders)
    by = User.objects.filter(memberships__company=dealer, memberships__role=Role.BUYER).first()
    if by is None:
        raise ValueError(f"{dealer} has no buyer.")
    file = io.BytesIO(_file(dealer, orders).encode())
    upload = actions.upload(company=dealer, file=file, name="orders.csv", by=by)
    preview = _run(upload)
    actions.place(upload, by=by)
    return preview.figures("preview") | _run(upload).figures("placing")


def _dealer(orders: int) -> Company:
    found = Company.objects.annotate(count=Count("orders")).filter(count__gt=0)
    return min(found, key=lambda each: abs(each.count - orders))  # type: ignore[attr-defined]  # annotated


def _file(dealer: Company, orders: int) -> str:
    """Each order is for a site of its own: an added ISS or VAI license, or a new site with both."""
    now = time.time_ns()
    mark, units = f"{now:x}", 2 + now % 1000  # other units than any file before it
    current = Serial.objects.current().filter(installation__company=dealer)
    serials = iter(current.order_by("installation", "family").values_list("number", "family"))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for number in range(orders):
        quoted = None if number % NEW_OF == 0 else next(serials, None)
        usual: dict[str, object] = {"quantity": units, "action": "add"}
        usual["po_number"] = f"B{mark}-{number}"
        if quoted is None:
            site = {"kind": "new", "site_name": f"Gate {mark} {number}"}
            writer.writerow({**usual, **site, "part_number": "ISS-Expert"})
            writer.writerow({**usual, **site, "part_number": "VS-ES1"})
            continue
        part = "VS-ES1" if quoted[1] == "VAI" else "ISS-Expert"
        site = {"kind": "existing", "serial_number": quoted[0]}
        writer.writerow({**usual, **site, "part_number": part})
    return text.getvalue()


def _run(upload: BulkUpload) -> Phase:
    phase = Phase(upload.total)
    began, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(_watch(phase)):
        while upload.is_running:
            with _timed(phase.steps):
                actions.go_on(upload, by=upload.by)
    phase.wall = (time.perf_counter() - began) * 1000
    phase.cpu = (time.process_time() - cpu) * 1000
    return phase


@contextmanager
def _timed(times: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times.append((time.perf_counter() - began) * 1000)


def _watch(phase: Phase) -> Callable[..., Any]:
    """Counts statements, and times the dealer's lock from its statement to the commit."""

    def see(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        phase.statements += 1
        result = execute(sql, params, many, context)
        if LOCK in sql and "FOR NO KEY UPDATE" in sql:
            began = time.perf_counter()
            transaction.on_commit(lambda: phase.locked.append((time.perf_counter() - began) * 1000))
        return result

    return see
