"""Writes the ledger. Each verb is called inside the caller's transaction, under the lock.

`select_for_update` locks the installation's row before anything about the installation is read;
SQLite has one writer at a time instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from companies.models import Company, User
from licensing.coverage import HeldLot
from licensing.models import Family, Installation, Lot, Movement, Revision, Serial
from licensing.permissions import check_correct, check_import
from licensing.serial_numbers import fold, mint, reads_like_ours
from licensing.serial_policy import Outcome


class LotToWrite(Protocol):
    """A lot that a change adds."""

    @property
    def line(self) -> int: ...
    @property
    def part_number(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def starts_on(self) -> dt.date: ...
    @property
    def last_day(self) -> dt.date | None: ...
    @property
    def renewed(self) -> int: ...
    @property
    def held_before(self) -> int: ...
    @property
    def held_after(self) -> int: ...


class DrawToWrite(Protocol):
    """A change of a lot that exists already."""

    @property
    def line(self) -> int: ...
    @property
    def lot(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def renewed(self) -> int: ...
    @property
    def held_before(self) -> int: ...
    @property
    def held_after(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Holdings:
    """The serials and lots of an installation, read under its lock."""

    serials: Mapping[str, Serial]  # the current serial of each family code
    lots: Sequence[HeldLot]


@dataclass(frozen=True, slots=True)
class SerialChange:
    """The effect of a revision on a family's serial."""

    outcome: Outcome
    before: Serial | None
    after: Serial


@dataclass(frozen=True, slots=True)
class Change:
    revision: Revision
    serials: Mapping[str, SerialChange]  # by family code


def read_holdings(installation: Installation) -> Holdings:
    """Takes two statements. Decide on the result only while the installation is locked."""
    return read_holdings_of([installation])[installation.pk]


def read_holdings_of(installations: Iterable[Installation]) -> dict[int, Holdings]:
    """By the keys of the installations. Takes two statements for any number of them."""
    sites = {installation.pk: installation for installation in installations}
    serials: dict[int, dict[str, Serial]] = {pk: {} for pk in sites}
    lots: dict[int, list[HeldLot]] = {pk: [] for pk in sites}
    current = Serial.objects.current().filter(installation__in=sites.keys())
    for serial in current.select_related("family"):
        serial.installation = sites[serial.installation_id]
        serials[serial.installation_id][serial.family_id] = serial
    for pk, lot in Lot.objects.filter(installation__in=sites.keys()).held_at_sites():
        lots[pk].append(lot)
    return {pk: Holdings(serials[pk], lots[pk]) for pk in sites}


def new_installation(
    *, company: Company, site_name: str, at: dt.datetime, end_customer: Company | None = None
) -> Installation:
    """A new system without serials. Its first revision, which issues them, writes it, too."""
    return Installation(
        company=company, end_customer=end_customer, site_name=site_name, changed_at=at
    )


def record_change(
    installation: Installation,
    *,
    cause: Revision.Cause,
    reference: str,
    outcomes: Mapping[Family, Outcome],
    serials: Mapping[str, Serial],
    lots: Sequence[LotToWrite],
    draws: Sequence[DrawToWrite],
    by: User,
    at: dt.datetime,
) -> Change:
    """Writes one revision: serials minted as decided, lots and their movements.

    `serials` are the current ones and `draws` name lots, both read under the lock. Forty lots take
    as many statements as one.
    """
    revision = _next_revision(installation, cause=cause, reference=reference, by=by, at=at)
    new = _mint(revision, outcomes, serials)
    _replace(new, at=at)
    _move_units(revision, lots, draws)
    return Change(revision, _serial_changes(outcomes, serials, new))


def _next_revision(
    installation: Installation,
    *,
    cause: Revision.Cause,
    reference: str,
    by: User,
    at: dt.datetime,
    note: str = "",
) -> Revision:
    """The next of R1, R2, … without gaps: the locked installation keeps the count."""
    installation.revision_count += 1
    installation.changed_at = at
    is_new = installation._state.adding
    installation.save(update_fields=None if is_new else ["revision_count", "changed_at"])
    return Revision.objects.create(
        installation=installation,
        number=installation.revision_count,
        cause=cause,
        reference=reference,
        note=note,
        by=by,
        at=at,
    )


def _mint(
    revision: Revision, outcomes: Mapping[Family, Outcome], current: Mapping[str, Serial]
) -> list[Serial]:
    return [
        _link(revision, family, mint(family.code), current.get(family.code))
        for family, outcome in outcomes.items()
        if outcome in (Outcome.NEW, Outcome.REPLACES)
    ]


def _link(revision: Revision, family: Family, number: str, before: Serial | None) -> Serial:
    """The next link of the family's chain, not saved yet."""
    return Serial(
        installation=revision.installation,
        family=family,
        number=number,
        lookup_key=fold(number),
        generation=before.generation + 1 if before else 1,
        supersedes=before,
        revision=revision,
    )


def _replace(new: Sequence[Serial], *, at: dt.datetime) -> None:
    """Demotes before it inserts: the database allows one current serial per family."""
    superseded = [serial.supersedes_id for serial in new if serial.supersedes_id]
    if superseded:
        Serial.objects.filter(pk__in=superseded).demote(at=at)
    if new:
        Serial.objects.bulk_create(new)


def _move_units(
    revision: Revision, lots: Sequence[LotToWrite], draws: Sequence[DrawToWrite]
) -> None:
    """Writes draws before new lots, as the line of the order did."""
    rows = Lot.objects.bulk_create(
        Lot(
            installation=revision.installation,
            revision=revision,
            line=lot.line,
            product_id=lot.part_number,
            starts_on=lot.starts_on,
            last_day=lot.last_day,
        )
        for lot in lots
    )
    changes: list[tuple[int, LotToWrite | DrawToWrite]] = [
        *((draw.lot, draw) for draw in draws),
        *((row.pk, lot) for row, lot in zip(rows, lots, strict=True)),
    ]
    Movement.objects.bulk_create(
        Movement(
            lot_id=lot,
            revision=revision,
            line=change.line,
            quantity=change.quantity,
            renewed=change.renewed,
            held_before=change.held_before,
            held_after=change.held_after,
        )
        for lot, change in changes
    )


def _serial_changes(
    outcomes: Mapping[Family, Outcome], before: Mapping[str, Serial], new: Sequence[Serial]
) -> dict[str, SerialChange]:
    after = {**before, **{serial.family_id: serial for serial in new}}
    return {
        family.code: SerialChange(outcome, before.get(family.code), after[family.code])
        for family, outcome in outcomes.items()
    }


@transaction.atomic
def import_installation(
    *,
    company: Company,
    site_name: str,
    serials: Mapping[Family, str],
    by: User,
    at: dt.datetime,
    end_customer: Company | None = None,
) -> Installation:
    """Creates an installation whose serials were issued elsewhere; the numbers stay as written.

    Numbers from elsewhere may fold alike. Raises ValidationError when a number is empty, too long
    or known already, or reads like one of our serial numbers that exists.
    """
    check_import(by)
    installation = new_installation(
        company=company, site_name=site_name, end_customer=end_customer, at=at
    )
    installation.full_clean()
    revision = _next_revision(installation, cause=Revision.Cause.IMPORT, reference="", by=by, at=at)
    for family, number in serials.items():
        _record_from_elsewhere(_link(revision, family, number.strip(), before=None))
    return installation


def _record_from_elsewhere(serial: Serial) -> None:
    serial.issued_elsewhere = True
    _stand_beside_others(serial)
    try:
        _save(serial)
    except (ValidationError, IntegrityError):
        if not _stand_beside_others(serial):  # another such number came in at the same moment
            raise
        _save(serial)


def _stand_beside_others(serial: Serial) -> bool:
    """Links the serial to the first from elsewhere that folds alike, and says whether there is one.

    A number that could be ours never shares its key.
    """
    may_share = not reads_like_ours(serial.number)
    first = Serial.objects.filter(elsewhere_key=serial.lookup_key).first() if may_share else None
    serial.folds_like = first
    serial.elsewhere_key = None if first else serial.lookup_key
    return first is not None


def _save(serial: Serial) -> None:
    serial.full_clean(exclude=["elsewhere_key"])  # the checked look-up key is as unique
    with transaction.atomic():
        serial.save()


@transaction.atomic
def correct_installation(
    installation: Installation,
    *,
    company: Company,
    end_customer: Company | None,
    site_name: str,
    reason: str,
    by: User,
    at: dt.datetime,
) -> Revision | None:
    """Corrects the companies of a system and the name of its site. All its serials stay.

    One revision records the reason and the earlier values; if nothing differs, none is written.
    Raises ValidationError when a value is out of bounds.
    """
    check_correct(by)
    locked = Installation.objects.select_for_update(of=("self",)).select_related(
        "company", "end_customer"
    )
    installation = locked.get(pk=installation.pk)
    values = {"company": company, "end_customer": end_customer, "site_name": site_name}
    changed = {name: new for name, new in values.items() if getattr(installation, name) != new}
    if not changed:
        return None
    note = "; ".join(_correction(installation, name, new) for name, new in changed.items())
    for name, new in changed.items():
        setattr(installation, name, new)
    installation.full_clean()
    installation.save(update_fields=[*changed])
    return _next_revision(
        installation,
        cause=Revision.Cause.CORRECTION,
        reference=reason,
        note=note,
        by=by,
        at=at,
    )


def _correction(installation: Installation, field: str, new: object) -> str:
    """Like "site name: Pier 9 → Pier 9 Cold Storage"."""
    names = {
        "company": _("dealer"),
        "end_customer": _("end customer"),
        "site_name": _("site name"),
    }
    before, nothing = getattr(installation, field), _("none")
    return f"{names[field]}: {before or nothing} → {new or nothing}"
