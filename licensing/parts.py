"""A catalog product as the pure rules see it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    part_number: str
    family: str
    requires: str | None = None  # part number of the base license that must be held
    requires_one_each: bool = False  # a base license for each unit, not just any
    counts_as: str | None = None  # part number whose requirements this one satisfies, too
    tier: str = ""  # subscriptions only: what may be renewed with it
    term_years: int | None = None  # subscriptions only
    kit_of: Part | None = None
    kit_quantity: int = 1
    position: int = field(default=0, compare=False)  # in the catalog

    @property
    def inside(self) -> Part:
        """The part that an installation gets: of a kit, what is in it."""
        return self.kit_of or self

    def unpacked(self, quantity: int) -> tuple[Part, int]:
        """What `quantity` of this part puts into an installation: kits are opened."""
        return self.inside, quantity * self.kit_quantity

    def renews(self, other: Part) -> bool:
        """Whether a subscription of the other part can be renewed with this one: any term."""
        subscriptions = self.term_years is not None and other.term_years is not None
        return subscriptions and (self.family, self.tier) == (other.family, other.tier)

    def is_base(self, part_number: str) -> bool:
        """Whether holding this part satisfies "requires <part_number>"."""
        return part_number in (self.part_number, self.counts_as)
