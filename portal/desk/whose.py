"""Whose a quoted serial is: sales alone sees it, looked up each time and kept nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from licensing.models import Installation, Serial
from licensing.serial_numbers import fold, is_mistyped


@dataclass(frozen=True, slots=True)
class Whose:
    text: str  # as it was quoted
    installation: Installation | None  # nothing where nobody has it
    is_mistyped: bool


def whose(texts: Collection[str]) -> list[Whose]:
    """One statement, or none where nothing is asked for."""
    found = _installations(texts) if texts else {}
    return [Whose(text, found.get(fold(text)), is_mistyped(text)) for text in texts]


def _installations(texts: Collection[str]) -> Mapping[str, Installation]:
    serials = Serial.objects.filter(lookup_key__in={fold(text) for text in texts})
    rows = serials.select_related("installation__company")
    return {serial.lookup_key: serial.installation for serial in rows}
