"""How often somebody quotes serials that nobody may use: after too many, none is looked up further.

What is quoted is looked up among the company's own first, so whoever quotes a right one is never
stopped by wrong ones. The answer tells nothing in any case; the limit stops whoever lets a
machine try. By the link in a mail, without a log-in, nothing is looked up any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from companies.models import User
from licensing.serial_numbers import fold
from limits import counters
from limits.declared import GUESSES, GUESSES_BY_LINK, Try
from orders.placement import Quote
from orders.rules.problems import OrderRefused, SerialNotFound, TooManyMisses


@contextmanager
def counted(by: User, quotes: Sequence[Quote]) -> Iterator[None]:
    """Counts what is quoted in there and not found; the same text again counts once.

    Raises OrderRefused when there were too many. Call it outside of the transaction: what is
    counted stays when the order is rolled back.
    """
    try:
        yield
    except OrderRefused as refusal:
        if _is_miss(refusal) and not sees_all_installations(by):
            _count(GUESSES.of(by.pk, once=_text(quotes)))
        raise


@contextmanager
def counted_of_link(reference: str, quotes: Sequence[Quote]) -> Iterator[None]:
    """The same for the link of that order, but that even a right one waits after too many."""
    guess = GUESSES_BY_LINK.of(reference, once=_text(quotes))
    if quotes and (seconds := counters.peek(guess).seconds_to_next):
        raise OrderRefused([TooManyMisses(seconds)])
    try:
        yield
    except OrderRefused as refusal:
        if _is_miss(refusal):
            _count(guess)
        raise


def count_file(by: User, sha256: str) -> None:
    """A file with some that were not found is one guess; the same one again is none.

    However many it holds: all of them are held with the same words.
    """
    if not sees_all_installations(by):
        counters.count(GUESSES.of(by.pk, once=f"file {sha256}"))


def sees_all_installations(user: User) -> bool:
    """Whether there is nothing to guess: staff may look all of them up."""
    return user.may_as_staff("licensing.view_installation")


def _is_miss(refusal: OrderRefused) -> bool:
    return any(isinstance(problem, SerialNotFound) for problem in refusal.problems)


def _count(guess: Try) -> None:
    if seconds := counters.count(guess).seconds:
        raise OrderRefused([TooManyMisses(seconds)])


def _text(quotes: Sequence[Quote]) -> str:
    return "|".join(sorted(fold(quote.text) for quote in quotes))
