"""The serial history as a picture: a column for each revision, a lane for each family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.time_zones import local_date
from licensing.models import Family, Revision, Serial

MAX_COLUMNS = 5
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Column:
    number: str
    date: dt.date
    note: str


@dataclass(frozen=True, slots=True)
class Update:
    """A revision in the list of all revisions."""

    column: Column
    serials: Sequence[Serial]  # the ones that it issued


@dataclass(frozen=True, slots=True)
class Segment:
    kind: str  # stays, gone, now, none
    start: int  # column, from 1
    span: int
    serial: Serial | None
    note: str


@dataclass(frozen=True, slots=True)
class Lane:
    family: str
    reissues: bool
    note: str
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class Lanes:
    columns: Sequence[Column]
    rows: Sequence[Lane]


def draw(
    revisions: Sequence[Revision],
    serials: Sequence[Serial],
    notes: Mapping[int | None, str],
    time_zone: str,
) -> Lanes:
    """The picture of the last MAX_COLUMNS revisions, oldest first.

    `serials` are all of the installation, by family and generation, with their family and revision.
    `notes` says by revision what this user may read about its order.
    """
    shown = revisions[-MAX_COLUMNS:]
    columns = [_column(revision, notes, time_zone) for revision in shown]
    chains: dict[Family, list[Serial]] = {}
    for serial in serials:
        chains.setdefault(serial.family, []).append(serial)
    return Lanes(columns, [_lane(family, chain, shown) for family, chain in chains.items()])


def list_all(
    revisions: Sequence[Revision],
    serials: Sequence[Serial],
    notes: Mapping[int | None, str],
    time_zone: str,
) -> list[Update]:
    """The same as a list, newest first, if the picture does not show all revisions."""
    if len(revisions) <= MAX_COLUMNS:
        return []
    issued: dict[int, list[Serial]] = {}
    for serial in serials:
        issued.setdefault(serial.revision_id, []).append(serial)
    return [
        Update(_column(revision, notes, time_zone), issued.get(revision.pk, []))
        for revision in reversed(revisions)
    ]


def _column(revision: Revision, notes: Mapping[int | None, str], time_zone: str) -> Column:
    return Column(str(revision), local_date(revision.at, time_zone), notes.get(revision.pk, ""))


def _lane(family: Family, chain: Sequence[Serial], shown: Sequence[Revision]) -> Lane:
    first, last = shown[0].number, shown[-1].number
    ends = [serial.revision.number for serial in chain[1:]] + [last + 1]
    segments = [
        _segment(serial, max(serial.revision.number, first), end, first)
        for serial, end in zip(chain, ends, strict=True)
        if end > first
    ]
    born = chain[0].revision.number
    if born > first:
        note = _("No %(family)s yet") % {"family": family}
        segments.insert(0, Segment("none", 1, born - first, None, note))
    return Lane(family.code, bool(family.reissue_on), _lane_note(family, chain), segments)


def _segment(serial: Serial, start: int, end: int, first: int) -> Segment:
    if not serial.is_current:
        kind, note = "gone", _("Replaced by R%(number)d") % {"number": end}
    elif serial.family.reissue_on:
        kind, note = "now", _("Current")
    else:
        kind, note = "stays", _("Unchanged since %(revision)s") % {"revision": serial.revision}
    return Segment(kind, start - first + 1, end - start, serial, note)


def _lane_note(family: Family, chain: Sequence[Serial]) -> str:
    replaced = len(chain) - 1
    if replaced:
        return ngettext("Replaced once", "Replaced %(times)d times", replaced) % {"times": replaced}
    return _("Changes with updates") if family.reissue_on else _("Stays")
