"""How long the answer "not found" takes: for a serial that never was, and for somebody else's.

Run it by `python -m bench.serial_answers`; see bench/README.md.
"""

from __future__ import annotations

import os
import random
import statistics
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection
from django.test.utils import setup_databases, setup_test_environment, teardown_databases

from companies.models import Company
from licensing.actions import import_installation
from licensing.models import Family
from licensing.serial_numbers import mint
from orders.placement import Quote
from orders.quoting.identify import resolve
from orders.rules.problems import OrderRefused
from tests.cast import NOW, Cast, assemble

SITES = 300  # of each company
ROUNDS = 1000  # of one look-up of each kind, in random order


def main() -> None:
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        cast = assemble()
        theirs, own = sites_of(cast, cast.harbor), sites_of(cast, cast.summit)
        kinds = {
            "unknown": [mint("ISS") for _ in range(SITES)],  # as many: patterns are cached
            "foreign": theirs,
            "unknown again": [mint("ISS") for _ in range(SITES)],  # what chance alone makes
        }
        report(measure(kinds, cast.summit))
        print(f"{connection.vendor}, {len(theirs)} foreign and {len(own)} own serials")
    finally:
        teardown_databases(databases, verbosity=0)


def sites_of(cast: Cast, company: Company) -> list[str]:
    family = Family.objects.get(pk="ISS")
    numbers = [mint("ISS") for _ in range(SITES)]
    for number in numbers:
        import_installation(
            company=company, site_name="Site", serials={family: number}, by=cast.sales, at=NOW
        )
    return numbers


def measure(kinds: dict[str, list[str]], company: Company) -> dict[str, list[float]]:
    """Seconds of each look-up; the kinds take turns, so that whatever else runs hits all alike."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    order = list(kinds)
    for _ in range(ROUNDS):
        random.shuffle(order)
        for kind in order:
            quotes = [Quote("ISS", random.choice(kinds[kind]))]
            begin = time.perf_counter()
            try:
                resolve(quotes, company=company)
            except OrderRefused:
                times[kind].append(time.perf_counter() - begin)
    return times


def report(times: dict[str, list[float]]) -> None:
    base = statistics.median(times["unknown"])
    for kind, taken in times.items():
        ratio = statistics.median(taken) / base
        print(f"{kind:14} {len(taken)} answers, median ÷ that of unknown ones: {ratio:.3f}")


if __name__ == "__main__":
    main()
