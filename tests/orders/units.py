"""A naive model of an installation: every unit by itself, one after the other.

It shares no code with the rules: it knows the catalog as figures and names, and nothing of
lots, draws or movements. Where both say the same, either both are right or both are wrong in
the very same way.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Item:
    """A row of the catalog."""

    family: str
    tier: str = ""
    years: int = 0
    requires: str = ""
    counts_as: str = ""
    strict: bool = False
    holds: tuple[str, int] | None = None  # of a kit


CATALOG = {
    "ISS-Expert": Item("ISS"),
    "ISS-ExpertPlus": Item("ISS", counts_as="ISS-Expert"),
    "ISS-ExpertStarterPack": Item("ISS", holds=("ISS-Expert", 4)),
    "ISS-Backup": Item("ISS", requires="ISS-Expert"),
    "ISS-Failover": Item("ISS", requires="ISS-Expert"),
    "ISS-Federation": Item("ISS"),
    "ISS-FedFailover": Item("ISS", requires="ISS-Federation"),
    "VS-ES1": Item("VAI", "Pro Essentials", 1),
    "VS-ES3": Item("VAI", "Pro Essentials", 3),
    "VS-ADV1": Item("VAI", "Pro Advanced", 1),
    "VS-ADV3": Item("VAI", "Pro Advanced", 3),
    # a third license type, made by staff: a base that is upgraded away, and a strict rule
    "NVR-Base": Item("NVR"),
    "NVR-Large": Item("NVR"),
    "NVR-Extra": Item("NVR", requires="NVR-Base", strict=True),
}
PATHS = {
    ("ISS-Expert", "ISS-ExpertPlus"),
    ("VS-ES1", "VS-ADV1"),
    ("VS-ES3", "VS-ADV3"),
    ("NVR-Base", "NVR-Large"),
    ("NVR-Extra", "NVR-Large"),
}
REISSUES = {"ISS": set(), "VAI": {"add", "upgrade", "renew"}, "NVR": {"upgrade"}}


@dataclass(frozen=True)
class Line:
    action: str
    part: str
    quantity: int
    source: str = ""
    end: dt.date | None = None
    start: dt.date | None = None


@dataclass(frozen=True)
class Unit:
    part: str
    start: dt.date
    end: dt.date | None  # its last valid day
    renewed: bool = False

    def runs(self, on: dt.date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


@dataclass
class Model:
    """The units that are there, and the families with a serial."""

    units: list[Unit] = field(default_factory=list)
    families: set[str] = field(default_factory=set)

    def issue(self, lines: Sequence[Line], on: dt.date) -> Told:
        """Does what the lines say, if all of it can be done."""
        told = Told(before=self.held(on))
        there, new = list(self.units), []
        for line in lines:
            done = _act(there, line, on)
            if done is None:
                told.impossible += 1
            else:
                there, made = done
                new += made
        after = Model(there + new, self.families | {CATALOG[line.part].family for line in lines})
        self._judge(told, lines, after, on)
        if not told.refused:
            told.outcomes = self._outcomes(lines)
            self.units, self.families = after.units, after.families
        return told

    def held(self, on: dt.date) -> Counter[str]:
        return Counter(unit.part for unit in self.units if unit.runs(on))

    def counted(self) -> Counter[Unit]:
        return Counter(self.units)

    def _outcomes(self, lines: Sequence[Line]) -> dict[str, str]:
        said = dict.fromkeys(self.families, "not_changed")
        for line in lines:
            family = CATALOG[line.part].family
            if family not in self.families:
                said[family] = "new"
            elif line.action in REISSUES[family]:
                said[family] = "replaces"
            elif said[family] != "replaces":
                said[family] = "stays"
        return said

    def _judge(self, told: Told, lines: Sequence[Line], after: Model, on: dt.date) -> None:
        """Whether base licenses are there for what is ordered, and for what lost some."""
        told.after = after.held(on)
        parts = {_content(line.part)[0] for line in lines}
        parts |= {
            part
            for part in told.before
            if told.after[part] and _base(part, told.after) < _base(part, told.before)
        }
        for part in parts:
            needs = CATALOG[part].requires
            base = _base(part, told.after)
            if needs and not base:
                told.missing.add(part)
            elif needs and base < told.after[part]:
                (told.missing if CATALOG[part].strict else told.warned).add(part)


@dataclass
class Told:
    """The outcome of an order."""

    before: Counter[str]
    after: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, str] = field(default_factory=dict)
    impossible: int = 0  # lines
    missing: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)

    @property
    def refused(self) -> bool:
        return bool(self.impossible or self.missing)


def _act(there: list[Unit], line: Line, on: dt.date) -> tuple[list[Unit], list[Unit]] | None:
    """The units that stay, and the new ones; None where it can't be done."""
    item = CATALOG[line.part]
    if line.action == "add":
        part, each = _content(line.part)
        if line.start and not CATALOG[part].years:
            return None
        start = line.start or on
        new = Unit(part, start, _end(start, CATALOG[part].years))
        return there, [new] * (each * line.quantity)
    if item.holds or line.start or not _goes(line):
        return None
    taken = _choose(there, line, on)
    if taken is None:
        return None
    left = list(there)
    for unit in taken:
        left.remove(unit)
    if line.action == "upgrade":
        return left, [Unit(line.part, on, unit.end, unit.renewed) for unit in taken]
    kept = [replace(unit, renewed=True) for unit in taken]
    starts = [max(on, unit.end + DAY) if unit.end else on for unit in taken]
    return left + kept, [Unit(line.part, start, _end(start, item.years)) for start in starts]


def _goes(line: Line) -> bool:
    """Whether the catalog lets the one become the other."""
    if line.action == "upgrade":
        return (line.source, line.part) in PATHS
    old, new = CATALOG[line.source], CATALOG[line.part]
    return bool(old.years and new.years) and (old.family, old.tier) == (new.family, new.tier)


def _choose(there: list[Unit], line: Line, on: dt.date) -> list[Unit] | None:
    fitting = [
        unit
        for unit in there
        if unit.part == line.source
        and line.end in (None, unit.end)
        and (unit.runs(on) if line.action == "upgrade" else not unit.renewed)
    ]
    if len({unit.end for unit in fitting}) > 1 or len(fitting) < line.quantity:
        return None
    fitting.sort(key=lambda unit: (unit.renewed, unit.start))
    return fitting[: line.quantity]


def _content(part: str) -> tuple[str, int]:
    return CATALOG[part].holds or (part, 1)


def _base(part: str, held: Counter[str]) -> int:
    needs = CATALOG[part].requires
    return (
        sum(units for each, units in held.items() if needs in (each, CATALOG[each].counts_as))
        if needs
        else 0
    )


def _end(start: dt.date, years: int) -> dt.date | None:
    """The day before the same day years on; there may be no 29 February then."""
    if not years:
        return None
    leap = (start.month, start.day) == (2, 29)
    year = start.year + years
    common = year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)
    same_day = dt.date(year, 2, 28) if leap and common else start.replace(year=year)
    return same_day - DAY
