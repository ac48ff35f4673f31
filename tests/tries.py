"""Counters of tries as tests need them: used up, beside many others, or none."""

from __future__ import annotations

from limits import counters
from limits.declared import Limit
from limits.models import Counter


def use_up(limit: Limit, *subject: object) -> None:
    """So that the next one is too many."""
    for _ in range(min(window.tries for window in limit.windows)):
        counters.count(limit.of(*subject))


def add_foreign(limit: Limit, how_many: int, *, begin: int = 0) -> None:
    """Tries of that many others, by the same statement as all."""
    for start in range(begin, begin + how_many, 250):
        counters.count(*(limit.of("foreign", number) for number in range(start, start + 250)))


def forget_all() -> None:
    Counter.objects.all().delete()
