"""The owner of a quoted serial. Only sales sees it; it is looked up each time and never stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from licensing.models import Serial
from licensing.serial_numbers import is_mistyped, keys_of, meant


@dataclass(frozen=True, slots=True)
class Whose:
    text: str  # the quoted text
    serials: Sequence[Serial]  # several if they read alike, none if no installation has it
    is_mistyped: bool

    @property
    def is_ambiguous(self) -> bool:
        return len({serial.installation_id for serial in self.serials}) > 1


def whose(texts: Collection[str]) -> list[Whose]:
    """The owners of the texts in one statement; without texts it takes none."""
    known = _known(texts) if texts else []
    return [Whose(text, meant(text, known), is_mistyped(text)) for text in texts]


def _known(texts: Collection[str]) -> list[Serial]:
    keys = set().union(*map(keys_of, texts))
    serials = Serial.objects.filter(lookup_key__in=keys)
    return list(serials.select_related("installation__company").order_by("number"))
