"""How large a run is: the sizes, the rounds, and the disk that they need."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PER_ORDER = 16_000  # bytes with all rows and indexes, without letters
PER_LETTER = 150_000  # bytes of the letters of an order, mails included
SPARE = 3_000_000_000  # bytes for the log of the database and for what the rows write


@dataclass(frozen=True, slots=True)
class Plan:
    """`sizes` are orders in a database each, the smallest first."""

    name: str
    sizes: Sequence[int]
    orders: int  # placed by each kind of the floor's table, in each of `rounds`
    rounds: int
    openings: int  # of a page whose time is measured
    kept: int  # orders whose letters are kept whole, in each database
    letters: int  # orders whose bytes are measured
    revisions: int  # of the site with a long history
    in_file: int  # orders in one file
    mails: int
    seconds: float  # that a page is asked for over HTTP, in each round

    @property
    def disk(self) -> int:
        """The bytes that the databases take."""
        whole = sum(min(size, self.kept) * PER_LETTER + size * PER_ORDER for size in self.sizes)
        return whole + (SPARE if max(self.sizes) > 1_000 else SPARE // 10)


FULL = Plan("full", (1_000, 100_000, 1_000_000), 60, 5, 30, 10_000, 60, 300, 10_000, 300, 3.0)
QUICK = Plan("quick", (1_000, 20_000), 25, 3, 10, 1_000, 20, 300, 300, 100, 1.0)
TINY = Plan("tiny", (100, 200), 2, 1, 2, 100, 2, 5, 3, 4, 0.2)
PLANS = {plan.name: plan for plan in (FULL, QUICK, TINY)}


def missing_disk(plan: Plan, folder: Path) -> str:
    """Says what to do if the disk is too small; empty if it is large enough."""
    free = shutil.disk_usage(folder).free
    if free >= plan.disk:
        return ""
    return (
        f"The databases need {plan.disk / 1e9:.1f} GB in {folder}, {free / 1e9:.1f} GB are free. "
        "Free some, or run the smaller one: make bench QUICK=1"
    )
