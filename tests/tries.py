"""Counters of tries as tests need them: used up, beside many others, or none."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from limits import counters
from limits.declared import Limit
from limits.models import Counter
from tests.pages import words

MANY = 1000  # more than any limit has


def use_up(limit: Limit, *subject: object) -> None:
    """So that the next one is too many."""
    for _ in range(min(window.tries for window in limit.windows)):
        counters.count(limit.of(*subject))


def add_foreign(limit: Limit, how_many: int, *, begin: int = 0) -> None:
    """Tries of that many others, by the same statement as all."""
    for start in range(begin, begin + how_many, 250):
        counters.count(*(limit.of("foreign", number) for number in range(start, start + 250)))


def use_up_all() -> None:
    """Uses up all counts: the next try is too many."""
    Counter.objects.update(count=MANY)


def too_many(response: Any) -> tuple[str, int]:
    """The words of the answer, and in how many seconds the next try is looked at."""
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS, response
    said = words(response.content.decode())
    assert re.search(r"\b(wait|espere) \d+ \w+", said, re.IGNORECASE), said
    seconds = int(response["Retry-After"])
    assert seconds > 0
    return said, seconds


def forget_all() -> None:
    Counter.objects.all().delete()
