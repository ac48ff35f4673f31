"""Limits the number of wrong serials that a user quotes; beyond it none is looked up further.

Quotes are first looked up among the company's own serials, so wrong quotes never block a right one.
The answer tells nothing in any case; the limit stops machines that try many. By the link in a mail,
without a log-in, the limit stops all look-ups.
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
    """Counts the quotes that are not found in the block; the same text again counts once.

    Raises OrderRefused when there were too many. Call it outside of the transaction: the count
    stays when the order is rolled back.
    """
    try:
        yield
    except OrderRefused as refusal:
        if _is_miss(refusal) and not sees_all_installations(by):
            _count(GUESSES.of(by.pk, once=_text(quotes)))
        raise


@contextmanager
def counted_of_link(reference: str, quotes: Sequence[Quote]) -> Iterator[None]:
    """The same for the link of that order, except that after too many even a right serial waits."""
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
    """Counts a file with unknown serials as one guess; the same file again counts as none.

    The number of serials does not matter: all of them are held with the same words.
    """
    if not sees_all_installations(by):
        counters.count(GUESSES.of(by.pk, once=f"file {sha256}"))


def sees_all_installations(user: User) -> bool:
    """Whether the user can't guess anything: staff may look up all installations."""
    return user.may_as_staff("licensing.view_installation")


def _is_miss(refusal: OrderRefused) -> bool:
    return any(isinstance(problem, SerialNotFound) for problem in refusal.problems)


def _count(guess: Try) -> None:
    if seconds := counters.count(guess).seconds:
        raise OrderRefused([TooManyMisses(seconds)])


def _text(quotes: Sequence[Quote]) -> str:
    return "|".join(sorted(fold(quote.text) for quote in quotes))
