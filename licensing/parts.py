"""A catalog product as the pure rules see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    part_number: str
    family: str
    requires: str | None = None  # part number of the base license that must be held
    counts_as: str | None = None  # part number whose requirements this one satisfies, too
    term_years: int | None = None  # subscriptions only
    kit_of: Part | None = None
    kit_quantity: int = 1

    def unpacked(self, quantity: int) -> tuple[Part, int]:
        """What `quantity` of this part puts into an installation: kits are opened."""
        if self.kit_of is None:
            return self, quantity
        return self.kit_of, quantity * self.kit_quantity

    def is_base(self, part_number: str) -> bool:
        """Whether holding this part satisfies "requires <part_number>"."""
        return part_number in (self.part_number, self.counts_as)
