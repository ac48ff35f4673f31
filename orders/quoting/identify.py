"""Which installation the serial numbers on an order identify (docs/domain.md, "Ordering")."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from companies.models import Company
from licensing.models import Installation, Serial, SerialQuerySet
from licensing.serial_numbers import (
    MAX_LENGTH,
    fold,
    is_mistyped,
    keys_of,
    meant,
    without_label,
)
from orders.placement import Quote
from orders.rules.problems import (
    Candidate,
    OrderRefused,
    OtherFamilyQuoted,
    SerialAmbiguous,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
)

SHORTEST_FOR_NEAR = 8  # characters; everything is near a shorter text
LONGEST_FOR_NEAR = MAX_LENGTH  # folding makes up to 18 letters of one: this bounds the keys
MAX_NEAR = 3
IN_KEYS = fold(string.digits + string.ascii_uppercase)  # a slip to any other letter is not found


Known = Mapping[str, Sequence[Serial]]  # serials of one company, by look-up key


@dataclass(frozen=True, slots=True)
class Identified:
    """The quotes that are serials of the company's installations, and the others."""

    found: Mapping[Quote, Serial]
    unknown: Sequence[Quote]
    ambiguous: Mapping[Quote, Sequence[Serial]] = field(default_factory=dict)  # at several sites


@dataclass(frozen=True, slots=True)
class Resolved:
    """The one installation that all quotes identify."""

    installation: Installation
    serials: Mapping[Quote, Serial]

    @property
    def replaced(self) -> Mapping[Quote, Serial]:
        """The quotes of serials that were replaced; they still identify the installation."""
        return {quote: serial for quote, serial in self.serials.items() if not serial.is_current}

    def not_quoted(
        self, ordered: Collection[str], with_serial: Collection[str]
    ) -> tuple[OtherFamilyQuoted, ...]:
        """The families on the order that have a serial which was not quoted."""
        quoted = {serial.family_id for serial in self.serials.values()}
        return tuple(
            OtherFamilyQuoted(family)
            for family in sorted(ordered)
            if family in with_serial and family not in quoted
        )


def read_known(quotes: Iterable[Quote], *, company: Company) -> Known:
    """The company's serials that the quotes may mean, of any number of orders; one statement.

    Unknown and another company's serials take the same path: each key is looked up once in the
    index of all serials, and the company is asked of what was found.
    """
    keys = set().union(*(keys_of(quote.text) for quote in quotes))
    serials = Serial.objects.filter(
        Q(installation__company=company) | Q(installation__end_customer=company),
        lookup_key__in=keys,
    ).select_related("installation__company", "superseded_by__revision__order")
    by_key: dict[str, list[Serial]] = {}
    for serial in serials.order_by("number"):
        by_key.setdefault(serial.lookup_key, []).append(serial)
    return by_key


def identify(
    quotes: Sequence[Quote], *, company: Company, known: Known | None = None
) -> Identified:
    """Finds the quotes among the `known` serials, or reads those in one statement.

    If two serials read alike, the company's own is found as if it were the only one.
    """
    by_key = read_known(quotes, company=company) if known is None else known
    may_be = {quote: _meant(quote, by_key) for quote in quotes}
    sites = {quote: {each.installation_id for each in may_be[quote]} for quote in quotes}
    return Identified(
        {quote: _nearest(quote, may_be[quote]) for quote in quotes if len(sites[quote]) == 1},
        [quote for quote in quotes if not sites[quote]],
        {quote: may_be[quote] for quote in quotes if len(sites[quote]) > 1},
    )


def _meant(quote: Quote, by_key: Mapping[str, Sequence[Serial]]) -> list[Serial]:
    alike = [serial for key in keys_of(quote.text) for serial in by_key.get(key, ())]
    return meant(quote.text, alike)


def _nearest(quote: Quote, serials: Sequence[Serial]) -> Serial:
    """The best of a site's serials that read alike: of the field's family, then the newest."""
    return max(
        serials,
        key=lambda each: (each.family_id == quote.family, each.is_current, each.generation),
    )


def resolve(
    quotes: Sequence[Quote],
    *,
    company: Company,
    known: Known | None = None,
    may_wait: bool = False,
) -> Resolved:
    """The company's installation that the quoted serials, current or replaced, identify.

    Raises OrderRefused if nothing was quoted, if a quote is no serial of the company's or reads
    like those of several sites, or if the quotes belong to two installations. An order that
    `may_wait` is held for an unknown serial: then no near matches are looked for.
    """
    if not quotes:
        raise OrderRefused([SerialMissing()])
    identified = identify(quotes, company=company, known=known)
    if identified.unknown or identified.ambiguous:
        looks_near = bool(identified.ambiguous) or not may_wait
        near = _near_matches(identified.unknown, company) if looks_near else []
        unknown = _not_found(identified.unknown, near)
        raise OrderRefused([*unknown, *_which(identified.ambiguous)])
    installations = {serial.installation_id for serial in identified.found.values()}
    if len(installations) > 1:
        raise OrderRefused([SerialsOfTwoSites()])
    return Resolved(next(iter(identified.found.values())).installation, identified.found)


def _not_found(unknown: Sequence[Quote], near: Sequence[tuple[str, str]]) -> list[SerialNotFound]:
    """The problems, with near matches from the company's own serials."""
    return [
        SerialNotFound(
            quote.family,
            is_mistyped(quote.text),
            tuple(number for key, number in near if key in slips),
        )
        for quote, slips in zip(unknown, map(_one_slip, unknown), strict=True)
    ]


def _which(ambiguous: Mapping[Quote, Sequence[Serial]]) -> list[SerialAmbiguous]:
    return [
        SerialAmbiguous(
            quote.family,
            tuple(Candidate(each.installation.site_name, each.number) for each in serials),
        )
        for quote, serials in ambiguous.items()
    ]


def _near_matches(quotes: Sequence[Quote], company: Company) -> list[tuple[str, str]]:
    """Look-up key and number of the company's serials that are one slip away; one statement.

    Each key that a slip may have made is looked up: a pattern would be tried on every serial.
    """
    slips = set().union(*map(_one_slip, quotes))
    if not slips:
        return []
    near = _serials_of(company).filter(lookup_key__one_of=slips)
    return list(
        near.order_by("-is_current", "number").values_list("lookup_key", "number")[:MAX_NEAR]
    )


def _one_slip(quote: Quote) -> set[str]:
    """All keys with one different character, or with two neighbors swapped."""
    key = fold(without_label(quote.text))
    if not SHORTEST_FOR_NEAR <= len(key) <= LONGEST_FOR_NEAR:
        return set()
    wrong = {f"{key[:at]}{each}{key[at + 1 :]}" for at in range(len(key)) for each in IN_KEYS}
    swapped = {f"{key[:at]}{key[at + 1]}{key[at]}{key[at + 2 :]}" for at in range(len(key) - 1)}
    return wrong | swapped


def _serials_of(company: Company) -> SerialQuerySet:
    return Serial.objects.filter(installation__in=Installation.objects.of_company(company))
