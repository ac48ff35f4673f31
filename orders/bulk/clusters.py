"""Groups things that share a key. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable


class Together:
    """The numbers of groups, by first appearance. Things that share a key are in one group."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._first: dict[Hashable, int] = {}

    def add(self, keys: Iterable[Hashable]) -> None:
        """Adds the next thing with all its keys."""
        here = len(self._parents)
        self._parents.append(here)
        for key in keys:
            there = self._root(self._first.setdefault(key, here))
            first, other = sorted((there, self._root(here)))
            self._parents[other] = first

    def _root(self, at: int) -> int:
        while self._parents[at] != at:
            self._parents[at] = self._parents[self._parents[at]]
            at = self._parents[at]
        return at

    def numbers(self) -> list[int]:
        """For each added thing the number of its group, from 0 and without gaps."""
        known: dict[int, int] = {}
        return [known.setdefault(self._root(at), len(known)) for at in range(len(self._parents))]
