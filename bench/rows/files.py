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
SHORT = 60
PATIENCE = 40  # minutes


@dataclass(slots=True)
class Phase:
    steps: list[float] = field(default_factory=list)
    locked: list[float] = field(default_factory=list)

    def minutes(self, orders: int) -> float:
        return sum(self.steps) / 60 * WHOLE / orders


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was previewed, then placed."""

    orders: int
    preview: Phase
    placed: Phase
    tally: dict[str, int]

    @property
    def minutes(self) -> float:
        """Until all of the plan's orders would be through, as fast as these."""
        return self.preview.minutes(self.orders) + self.placed.minutes(self.orders)


def in_one_file(plan: Plan) -> Found:
    """A short file tells whether the long one would end soon; if not, it stands for it."""
    databases.use(seeding.name_of(plan.sizes[-1]))
    dealer = placing.dealer()
    done = _through(dealer, min(SHORT, plan.in_file), "S")
    if plan.in_file > SHORT and done.minutes * plan.in_file / WHOLE < PATIENCE:
        done = _through(dealer, plan.in_file, "L")
    steps = [*done.preview.steps, *done.placed.steps]
    locked = max([*done.preview.locked, *done.placed.locked], default=0.0)
    return Found(
        f"preview {done.preview.minutes(done.orders):.1f} min, placing "
        f"{done.placed.minutes(done.orders):.1f} min, longest step {max(steps):.1f} s, locked at "
        f"most {locked:.2f} s",
        f"a file of {done.orders:,} orders, the minutes reckoned for {WHOLE:,}; every fifth for a "
        f"known site; dealer of {plan.sizes[-1] // 2:,} orders",
        [f"{count} {status}" for status, count in done.tally.items()],
    )


def _through(dealer: placing.Dealer, orders: int, name: str) -> Done:
    """Step by step, as the page asks for it."""
    file = _file(dealer, orders, name)
    upload = bulk.upload(company=dealer.company, file=file, name="orders.csv", by=dealer.buyer)
    preview = _run(upload)
    bulk.place(upload, by=dealer.buyer)
    return Done(orders, preview, _run(upload), upload.tally)


def _file(dealer: placing.Dealer, orders: int, name: str) -> io.BytesIO:
    known = Serial.objects.filter(
        installation__company=dealer.company, family="ISS", is_current=True
    ).order_by("pk")[: orders // 5 + 1]
    numbers: Sequence[str] = list(known.values_list("number", flat=True))
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for at in range(orders):
        to = (
            ("new", f"Filed Works {name}{at}", "") if at % 5 else ("existing", "", numbers[at // 5])
        )
        rows.writerow((f"FILE-{name}{at}", *to, "ISS-Expert", at % 9 + 1, "add"))
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
