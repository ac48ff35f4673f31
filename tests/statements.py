"""The shapes of statements, without their values, for tests that compare what two answers took."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

VALUE = r"(?:'(?:[^']|'')*'|\b\d+\b)"
VALUES = re.compile(rf"{VALUE}(?:, {VALUE})*|_x\d+")  # and the numbers of savepoints


def shapes(captured: Iterable[Mapping[str, str]]) -> list[str]:
    """Each statement with its values left out, however many of them stand in a row.

    How many keys are near a text depends on its letters: neighbors that are equal can't be swapped.
    """
    return [VALUES.sub("…", each["sql"]) for each in captured]
