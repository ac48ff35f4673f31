"""Installations in a table with their current serials, a column for each license type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from licensing.models import Family, Installation, Serial


@dataclass(frozen=True, slots=True)
class SiteRow:
    installation: Installation
    serials: Sequence[tuple[Family, Serial | None]]  # one for each column, if there is one


@dataclass(frozen=True, slots=True)
class SiteTable:
    families: Sequence[Family]  # license types of which one of the sites has a serial
    rows: Sequence[SiteRow]


def with_current_serials(installations: QuerySet[Installation]) -> QuerySet[Installation]:
    """Adds the serials that the table shows; two statements."""
    serials = Serial.objects.current().select_related("family")
    return installations.select_related("company", "end_customer").prefetch_related(
        Prefetch("serials", serials, to_attr="current_serials")
    )


def site_table(installations: Sequence[Installation]) -> SiteTable:
    """The table of installations that `with_current_serials` read."""
    found = {serial.family for site in installations for serial in _serials(site)}
    families = sorted(found, key=lambda family: (family.position, family.code))
    return SiteTable(families, [_row(site, families) for site in installations])


def _row(installation: Installation, families: Sequence[Family]) -> SiteRow:
    current = {serial.family_id: serial for serial in _serials(installation)}
    return SiteRow(installation, [(family, current.get(family.code)) for family in families])


def _serials(installation: Installation) -> list[Serial]:
    return installation.current_serials  # type: ignore[attr-defined,no-any-return]  # prefetched
