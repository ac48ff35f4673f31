"""Measures an order: beside the floor, in processor time, under the lock, and in bytes."""

from __future__ import annotations

import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import psycopg

from bench import databases, floor, letters, placing, seeding
from bench.measuring import Spent, cpu_of, heard, in_turns, spending, stored
from bench.plan import Plan
from bench.sink import sink
from bench.stock.models import Company as StockCompany
from bench.stock.placing import place_and_issue
from bench.table import Found
from tests.temporary_postgres import client_programs

MORE = [f"site{number}@contact.example" for number in range(4)]
WARM = 3  # orders before bytes are measured


def beside_the_floor(plan: Plan) -> Found:
    """Orders per second of four ways to write the same rows, in turns, over one connection each."""
    with placing.scratch(plan), _bare_connection() as bare:
        dealer = placing.dealer()
        written = floor.written_by(dealer.place)
        by_floor = floor.by_psycopg(bare, written)
        kinds: dict[str, Callable[[int], object]] = {
            "floor": by_floor,
            "ORM": floor.by_the_orm(written),
            "stock": _stock(),
            "portal": dealer.place,
        }
        spent = in_turns(kinds, rounds=plan.rounds, each=plan.orders)
        with heard() as of_portal:
            dealer.place()
        again = floor.written_by(lambda: by_floor(1))
        more = [
            "rows of an order by the portal: " + floor.counted(written),
            "rows of an order by the floor: " + floor.counted(again),
            *(_told(kind, each) for kind, each in spent.items()),
            f"portal: {len(of_portal.statements)} statements, begin and commit aside; floor: 1",
            _pgbench(written, plan.orders * plan.rounds),
        ]
    rate = {kind: each.times / each.seconds for kind, each in spent.items()}
    stock, orm = rate["stock"] / rate["floor"], rate["ORM"] / rate["floor"]
    return Found(
        f"{rate['portal'] / rate['floor']:.3f} (stock Django {stock:.2f}, "
        f"the ORM at its best {orm:.2f})",
        "orders a second by the clock, placed and issued by one verb, in turns; the floor is one "
        "prepared statement that writes the same rows, letters aside",
        more,
    )


def _bare_connection() -> closing[psycopg.Connection[Any]]:
    return closing(psycopg.connect(databases.conninfo(), autocommit=True))


def _told(kind: str, spent: Spent) -> str:
    wal = spent.wal / spent.times / 1000
    return f"{kind}: {spent.times / spent.seconds:.1f} orders/s, {wal:.1f} kB WAL each"


def _stock() -> Callable[[int], object]:
    company = StockCompany.objects.create(name="Harbor Security")
    facts = {"serials": [{"family": "ISS", "after": "ISS-7K3M-9QWX-4TZ8-2HPC"}] * 8}

    def place(orders: int) -> None:
        for _ in range(orders):
            place_and_issue(company.pk, f"S-{time.monotonic_ns()}", facts)

    return place


def _pgbench(written: Sequence[floor.Written], orders: int) -> str:
    """The same statement sent by PostgreSQL's own program, if it is there."""
    program = client_programs() / "pgbench"
    if not program.exists():
        return "pgbench is not there"
    statement = floor.statement_of(written, ":n")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(f"\\set n random(2000000000, 4000000000)\n{statement};\n")
        file.flush()
        options = f"-n -M prepared -c 1 -t {orders} -f {file.name}".split()
        command = [str(program), *options, databases.conninfo()]
        spent = Spent()
        with spending(spent, orders):
            run = subprocess.run(command, capture_output=True, text=True, check=False)
    rate = re.search(r"tps = ([\d.]+)", run.stdout)
    if rate is None:
        return f"pgbench failed: {run.stderr.strip()}"
    wal = spent.wal / orders / 1000
    return f"pgbench with the floor's statement: {float(rate[1]):.1f} orders/s, {wal:.1f} kB WAL"


# Processors -----------------------------------------------------------------------------------


def processors(plan: Plan) -> Found:
    """An order with all that follows from it, letters by their worker and mail to a server."""
    with placing.scratch(plan), _bare_connection() as bare, sink() as at:
        dealer = placing.dealer()
        written = floor.written_by(dealer.place)
        letters.write()
        letters.send(at.url)
        kinds: dict[str, Callable[[int], object]] = {
            "place and issue": dealer.place,
            "letter": lambda _orders: letters.write(),
            "mail": lambda _orders: letters.send(at.url),
        }
        spent = in_turns(kinds, rounds=plan.rounds, each=plan.orders)
        of_floor = _cpu_of_floor(bare, written, plan)  # last: no worker finds its orders
    each = {kind: one.cpu / one.times / of_floor for kind, one in spent.items()}
    parts = ", ".join(f"{kind} {ratio:.1f}" for kind, ratio in each.items())
    return Found(
        f"{sum(each.values()):.0f}, of which place and issue {each['place and issue']:.0f}",
        "seconds of this process and of its database process, user and system, for each order; "
        "two recipients or one, as the story has them; the sink's own time is left out",
        [parts, f"an order of the floor: {of_floor * 1000:.2f} ms"],
    )


def _cpu_of_floor(
    bare: psycopg.Connection[Any], written: Sequence[floor.Written], plan: Plan
) -> float:
    """Its database process is another one than the portal's."""
    orders = plan.orders * plan.rounds
    by_floor = floor.by_psycopg(bare, written)
    before = time.process_time() + cpu_of(bare.info.backend_pid)
    by_floor(orders)
    return (time.process_time() + cpu_of(bare.info.backend_pid) - before) / orders


# The lock of the company ----------------------------------------------------------------------


def under_the_lock(plan: Plan) -> Found:
    """Measures how long a placement locks the company's row, and whether many orders matter."""
    smallest, largest = plan.sizes[0], plan.sizes[-1]
    taken: dict[int, list[float]] = {smallest: [], largest: []}
    shares: list[float] = []
    for _ in range(plan.openings):
        for size in taken:
            databases.use(seeding.name_of(size))
            dealer = placing.dealer()
            at = time.perf_counter()
            with placing.company_locks() as locked:
                dealer.place()
            whole = time.perf_counter() - at
            taken[size] += [sum(locked.seconds)]
            shares += [sum(locked.seconds) / whole] if size == largest else []
    small, large = (statistics.median(each) for each in taken.values())
    return Found(
        f"{statistics.median(shares):.0%}; {large / small:.1f}",
        "seconds from the answer to SELECT … FOR UPDATE of the company until the commit, by the "
        f"clock, ÷ those of the verb that places and issues, with the dealer of {largest:,} "
        f"orders; ÷ the same of the dealer of {smallest:,}; medians of {plan.openings}, in turns",
        [f"locked for {large * 1000:.1f} ms, and {small * 1000:.1f} ms"],
    )


# Bytes ----------------------------------------------------------------------------------------


def bytes_of_an_order(plan: Plan) -> Found:
    """The growth of all tables by an order with letters and mail, and the log about it."""
    with placing.scratch(plan), sink() as at:
        dealer = placing.dealer()
        _place(dealer, WARM, [], at.url)  # grows what grows at first
        one, logged = _grown(dealer, plan.letters, [], at.url)
        more, _ = _grown(dealer, plan.letters, MORE, at.url)
    each = (more - one) / len(MORE)
    return Found(
        f"{one / 1000:.0f} kB; {each / 1000:.0f} kB; {logged / 1000:.0f} kB",
        f"growth of all tables and indexes by {plan.letters} orders, and of the log's position, "
        "each with its letters written and its mail sent",
    )


def _grown(
    dealer: placing.Dealer, orders: int, notify: Sequence[str], url: str
) -> tuple[float, float]:
    before, spent = stored(), Spent()
    with spending(spent):
        _place(dealer, orders, notify, url)
    return (stored() - before) / orders, spent.wal / orders


def _place(dealer: placing.Dealer, orders: int, notify: Sequence[str], url: str) -> None:
    dealer.place(orders, notify)
    letters.write()
    letters.send(url)
