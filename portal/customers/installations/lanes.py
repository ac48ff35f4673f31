"""The serial history as a picture: a column for each revision, a lane for each family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.time_zones import local_date
from licensing.models import Family, Revision, Serial
from portal.customers.installations.history import History


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


def draw(history: History, notes: Mapping[int | None, str], time_zone: str) -> Lanes:
    """The picture of the newest revisions, oldest first.

    `notes` says by revision what this user may read about its order.
    """
    columns = [_column(revision, notes, time_zone) for revision in history.drawn]
    chains: dict[Family, list[Serial]] = {}
    for serial in history.serials:
        chain = chains.setdefault(serial.family, [])
        if chain and chain[-1].pk != serial.supersedes_id:
            chain.clear()  # older ones, which only the list shows
        chain.append(serial)
    return Lanes(columns, [_lane(family, chain, history.drawn) for family, chain in chains.items()])


def list_updates(history: History, notes: Mapping[int | None, str], time_zone: str) -> list[Update]:
    """A page of the same as a list, newest first, if the picture does not show all revisions."""
    issued: dict[int, list[Serial]] = {}
    for serial in history.serials:
        issued.setdefault(serial.revision_id, []).append(serial)
    return [
        Update(_column(revision, notes, time_zone), issued.get(revision.pk, []))
        for revision in history.listed
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
    replaced = chain[-1].generation - 1
    if replaced:
        return ngettext("Replaced once", "Replaced %(times)d times", replaced) % {"times": replaced}
    return _("Changes with updates") if family.reissue_on else _("Stays")
