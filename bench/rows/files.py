"""Many orders in one file, of the dealer with half of all orders."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import databases, placing, seeding
from bench.plan import Plan
from bench.table import Found
from licensing.models import Serial
from orders.bulk import actions as bulk
from orders.models.bulk import BulkUpload

COLUMNS = (
    "po_number", "kind", "site_name", "serial_number", "part_number", "quantity", "action",
)  # fmt: skip
WHOLE = 10_000  # orders that the goal speaks of


@dataclass(slots=True)
class Phase:
    steps: list[float] = field(default_factory=list)
    locked: list[float] = field(default_factory=list)

    def minutes(self, orders: int) -> float:
        return sum(self.steps) / 60 * WHOLE / orders


def in_one_file(plan: Plan) -> Found:
    """A file is previewed, then placed, step by step as the page asks for it."""
    databases.use(seeding.name_of(plan.sizes[-1]))
    dealer = placing.dealer()
    file = _file(dealer, plan.in_file)
    upload = bulk.upload(company=dealer.company, file=file, name="orders.csv", by=dealer.buyer)
    preview = _run(upload)
    bulk.place(upload, by=dealer.buyer)
    placed = _run(upload)
    steps, locked = [*preview.steps, *placed.steps], [*preview.locked, *placed.locked]
    return Found(
        f"preview {preview.minutes(plan.in_file):.1f} min, placing "
        f"{placed.minutes(plan.in_file):.1f} min, longest step {max(steps):.1f} s, locked at most "
        f"{max(locked):.2f} s",
        f"a file of {plan.in_file:,} orders, the minutes reckoned for {WHOLE:,}; every fifth for a "
        f"known site; dealer of {plan.sizes[-1] // 2:,} orders",
        [f"{count} {status}" for status, count in upload.tally.items()],
    )


def _file(dealer: placing.Dealer, orders: int) -> io.BytesIO:
    known = Serial.objects.filter(
        installation__company=dealer.company, family="ISS", is_current=True
    ).order_by("pk")[: orders // 5 + 1]
    numbers: Sequence[str] = list(known.values_list("number", flat=True))
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for at in range(orders):
        to = ("new", f"Filed Works {at}", "") if at % 5 else ("existing", "", numbers[at // 5])
        rows.writerow((f"FILE-{at}", *to, "ISS-Expert", at % 9 + 1, "add"))
    return io.BytesIO(text.getvalue().encode())


def _run(upload: BulkUpload) -> Phase:
    phase = Phase()
    while upload.is_running:
        began = time.perf_counter()
        with placing.company_locks() as locks:
            bulk.go_on(upload, by=upload.by)
        phase.steps.append(time.perf_counter() - began)
        phase.locked += locks.seconds
    return phase
