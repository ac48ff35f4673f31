"""A catalog product in the form that the pure rules use."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    part_number: str
    family: str
    requires: str | None = None  # the part number of the base license that must be held
    requires_one_each: bool = False  # each unit needs a base license, not just one for all
    counts_as: str | None = None  # another part number whose requirements this part satisfies, too
    tier: str = ""  # subscriptions only: parts of the same tier renew each other
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
        """Whether this part can renew a subscription of the other part, for any term."""
        subscriptions = self.term_years is not None and other.term_years is not None
        return subscriptions and (self.family, self.tier) == (other.family, other.tier)

    def is_base(self, part_number: str) -> bool:
        """Whether holding this part satisfies "requires <part_number>"."""
        return part_number in (self.part_number, self.counts_as)
