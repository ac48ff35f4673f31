"""How often somebody quotes serials that nobody may use: after too many, none is looked up.

The answer tells nothing in any case; the limit stops whoever lets a machine try.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from django.core.cache import cache

from companies.models import User
from licensing.serial_numbers import fold
from orders.policies import OrderRefused, SerialNotFound, TooManyMisses
from orders.quotes import Quote

WINDOW = 60 * 60  # seconds
LIMIT = 30  # different wrong serials of a user in that time
LIMIT_OF_LINK = 10  # of a link in a mail, which works without a log-in


@contextmanager
def counted(key: str, limit: int, quotes: Sequence[Quote]) -> Iterator[None]:
    """Counts what is quoted in there and not found; the same text again counts once.

    Raises OrderRefused at once when there were too many. Call it outside of the transaction:
    what is counted stays when the order is rolled back.
    """
    if quotes and cache.get(key, 0) >= limit:
        raise OrderRefused([TooManyMisses()])
    try:
        yield
    except OrderRefused as refusal:
        if any(isinstance(problem, SerialNotFound) for problem in refusal.problems):
            _add(key, quotes)
        raise


def count_each(key: str, limit: int, quotes: Iterable[Quote]) -> None:
    """Counts those of a file, none of which was found; no more of them than the limit has."""
    for quote in islice(quotes, limit):
        _add(key, [quote])


def of_user(user: User) -> str:
    return f"serial-misses:user:{user.pk}"


def of_link(reference: str) -> str:
    return f"serial-misses:order:{reference}"


def _add(key: str, quotes: Sequence[Quote]) -> None:
    text = "|".join(sorted(fold(quote.text) for quote in quotes))
    digest = hashlib.sha256(text.encode()).hexdigest()
    if cache.add(f"{key}:{digest}", value=True, timeout=WINDOW):
        cache.add(key, 0, timeout=WINDOW)
        cache.incr(key)
