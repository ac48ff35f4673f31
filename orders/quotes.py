"""Which installation the serial numbers on a purchase order identify (domain: "Ordering")."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from companies.models import Company
from licensing.models import Installation, Serial, SerialQuerySet
from licensing.serial_numbers import MAX_LENGTH, fold, is_mistyped
from orders.policies import (
    OrderRefused,
    OtherFamilyQuoted,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
)

SHORTEST_FOR_NEAR = 8  # characters: of a shorter one everything is near
LONGEST_FOR_NEAR = MAX_LENGTH  # folding makes up to 18 letters of one: no pattern of megabytes
MAX_NEAR = 3
NOTHING = "!"  # a pattern: keys are letters and digits


@dataclass(frozen=True, slots=True)
class Quote:
    """A serial number as it was written on the order, and the field it was written into."""

    family: str
    text: str


@dataclass(frozen=True, slots=True)
class Identified:
    """What of the quotes is a serial of the company's installations, whatever follows from it."""

    found: Mapping[Quote, Serial]
    unknown: Sequence[Quote]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The one installation that all quotes identify."""

    installation: Installation
    serials: Mapping[Quote, Serial]

    @property
    def replaced(self) -> Mapping[Quote, Serial]:
        """Those that identify it, though another serial has replaced them."""
        return {quote: serial for quote, serial in self.serials.items() if not serial.is_current}

    def not_quoted(
        self, ordered: Collection[str], with_serial: Collection[str]
    ) -> tuple[OtherFamilyQuoted, ...]:
        """The families on the order whose own serial was not quoted, though there is one."""
        quoted = {serial.family_id for serial in self.serials.values()}
        return tuple(
            OtherFamilyQuoted(family)
            for family in sorted(ordered)
            if family in with_serial and family not in quoted
        )


def identify(quotes: Sequence[Quote], *, company: Company) -> Identified:
    """One statement, whatever was quoted: unknown and another company's take the same path."""
    serials = (
        _serials_of(company)
        .filter(lookup_key__in={fold(quote.text) for quote in quotes})
        .select_related("installation__company", "superseded_by__revision__order")
    )
    by_key = {serial.lookup_key: serial for serial in serials}
    found = {quote: by_key[key] for quote in quotes if (key := fold(quote.text)) in by_key}
    return Identified(found, [quote for quote in quotes if quote not in found])


def resolve(quotes: Sequence[Quote], *, company: Company) -> Resolved:
    """The installation of the company that the quoted serials identify, current or replaced.

    Raises OrderRefused: nothing was quoted, something is no serial of the company's, or they
    belong to two installations.
    """
    if not quotes:
        raise OrderRefused([SerialMissing()])
    identified = identify(quotes, company=company)
    if identified.unknown:
        raise OrderRefused(_not_found(identified.unknown, company))
    installations = {serial.installation_id for serial in identified.found.values()}
    if len(installations) > 1:
        raise OrderRefused([SerialsOfTwoSites()])
    return Resolved(next(iter(identified.found.values())).installation, identified.found)


def _not_found(unknown: Sequence[Quote], company: Company) -> list[SerialNotFound]:
    """With near matches, from the company's own serials only: one statement for all of them."""
    near = _near_matches(unknown, company)
    return [
        SerialNotFound(
            quote.family,
            is_mistyped(quote.text),
            tuple(number for key, number in near if re.fullmatch(_one_slip(fold(quote.text)), key)),
        )
        for quote in unknown
    ]


def _near_matches(quotes: Sequence[Quote], company: Company) -> list[tuple[str, str]]:
    """Look-up key and number of the company's serials that are one slip away."""
    slips = "|".join(_one_slip(fold(quote.text)) for quote in quotes)
    near = _serials_of(company).filter(lookup_key__regex=f"^({slips})$")
    return list(
        near.order_by("-is_current", "number").values_list("lookup_key", "number")[:MAX_NEAR]
    )


def _one_slip(key: str) -> str:
    """A pattern for every key with one other character, or with two neighbors swapped."""
    if not SHORTEST_FOR_NEAR <= len(key) <= LONGEST_FOR_NEAR:
        return NOTHING
    wrong = (f"{key[:at]}.{key[at + 1 :]}" for at in range(len(key)))
    swapped = (f"{key[:at]}{key[at + 1]}{key[at]}{key[at + 2 :]}" for at in range(len(key) - 1))
    return "|".join([*wrong, *swapped])


def _serials_of(company: Company) -> SerialQuerySet:
    return Serial.objects.filter(installation__in=Installation.objects.of_company(company))
