"""What belongs together because it shares something. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable


class Together:
    """Numbers of groups, by first appearance. Whatever shares a key is in one group."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._first: dict[Hashable, int] = {}

    def add(self, keys: Iterable[Hashable]) -> None:
        """The next one, with all the keys that it has."""
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
        """The number of the group of each that was added, from 0 and without gaps."""
        known: dict[int, int] = {}
        return [known.setdefault(self._root(at), len(known)) for at in range(len(self._parents))]
