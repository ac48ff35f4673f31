"""Decides how a serial number is told, by its reader and day.

A reader who may see the site today is told what is true today. Everybody else, by a link, by an
old order of theirs, or by a forwarded mail, is told what was true then: never a serial number or a
revision that came later.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from companies.models import User
from companies.time_zones import local_date
from licensing.models import Installation, Revision, Serial
from licensing.permissions import can_see

_WORD = re.compile(r"[^\s,;:()“”]{4,}")  # a number from elsewhere with blanks is none
Then = Revision | dt.datetime  # the last that a reader may know of, who may not see the site


@dataclass(frozen=True, slots=True)
class ToldSerial:
    """A serial number with its standing, for one reader."""

    number: str
    family: str
    is_replaced: bool = False
    replaced_on: dt.date | None = None  # as the two below: null if it is told briefly
    successor: str = ""  # the number that replaced it
    current: str = ""  # the newest that the reader may know
    as_of: dt.date | None = None  # null if the reader is told what is true today

    @property
    def is_current(self) -> bool:
        """Whether it is the number to quote today, as far as the reader may know."""
        return not self.is_replaced and self.as_of is None

    @property
    def says(self) -> list[str]:
        """Its standing in sentences, which name `successor`, `current`, `day` and `as_of`."""
        said = []
        if self.replaced_on and self.successor == self.current:
            said.append(_("Replaced by {current} on {day}"))
        elif self.replaced_on:
            said.append(_("Replaced by {successor} on {day}; the current one is {current}"))
        if self.as_of:
            said.append(_("As of {as_of}"))
        return said

    @property
    def standing(self) -> str:
        """The same as a plain text; empty for a number to quote."""
        days = {"day": self.replaced_on, "as_of": self.as_of}
        values = {name: date_format(day) for name, day in days.items() if day}
        values |= {"successor": self.successor, "current": self.current}
        return ". ".join(sentence.format(**values) for sentence in self.says)


def numbers_in(text: str) -> set[str]:
    """The words of the text that may be serial numbers."""
    return {word.rstrip(".") for word in _WORD.findall(text)}


class Teller:
    """Tells one reader serial numbers; one more statement for each site with replaced ones."""

    def __init__(self, reader: User | AnonymousUser) -> None:
        self._reader = reader
        self._chains: defaultdict[int, list[Serial]] = defaultdict(list)

    def tell(
        self, serial: Serial, *, as_of: Then | None = None, briefly: bool = False
    ) -> ToldSerial:
        """`as_of` bounds what a reader is told who may not see the site: if empty, today does.

        Told briefly, a number is without the one that replaced it; no statement then.
        """
        site = serial.installation
        then = None if can_see(self._reader, site) else as_of or timezone.now()
        told = ToldSerial(
            serial.number,
            serial.family_id,
            is_replaced=self._is_replaced(serial, then),
            current=serial.number,
            as_of=_day(then, site),
        )
        if briefly or not told.is_replaced:
            return told
        successor, current = self._later(serial, then)
        day = _day(serial.superseded_at, site)
        return replace(told, replaced_on=day, successor=successor, current=current)

    def read(self, texts: Iterable[str]) -> dict[str, Serial]:
        """Finds the serials whose numbers stand in kept texts, by number.

        It finds only those of sites that the reader may see: a text must not answer which numbers
        there are. It takes two statements at most.
        """
        words = set().union(*map(numbers_in, texts))
        known = Serial.objects.filter(number__in=words) if words else Serial.objects.none()
        serials = list(known.select_related("installation__company", "revision"))
        seen = [serial for serial in serials if can_see(self._reader, serial.installation)]
        replaced = {serial.installation_id for serial in seen if not serial.is_current}
        for serial in _chains(replaced - self._chains.keys()) if replaced else ():
            self._chains[serial.installation_id].append(serial)
        return {serial.number: serial for serial in seen}

    def _is_replaced(self, serial: Serial, then: Then | None) -> bool:
        if serial.is_current or then is None:
            return not serial.is_current
        return any(each.supersedes_id == serial.pk for each in self._known(serial, then))

    def _later(self, serial: Serial, then: Then | None) -> tuple[str, str]:
        """The number that replaced it, and the current one."""
        known = self._known(serial, then)
        (successor,) = (each for each in known if each.supersedes_id == serial.pk)
        return successor.number, known[-1].number

    def _known(self, serial: Serial, then: Then | None) -> list[Serial]:
        """The serial's chain as far as the reader may know it, oldest first."""
        site = serial.installation_id
        if site not in self._chains:
            self._chains[site] = list(_chains([site]))
        chain = [each for each in self._chains[site] if each.family_id == serial.family_id]
        return [each for each in chain if then is None or _was_there(each, then)]


def _chains(sites: Collection[int]) -> QuerySet[Serial]:
    serials = Serial.objects.filter(installation__in=sites)
    return serials.select_related("revision").order_by("generation")


def _was_there(serial: Serial, then: Then) -> bool:
    if isinstance(then, Revision):
        return serial.revision.number <= then.number
    return serial.revision.at <= then


def _day(then: Then | None, site: Installation) -> dt.date | None:
    """The day in the dealer's time zone."""
    at = then.at if isinstance(then, Revision) else then
    return local_date(at, site.company.time_zone) if at else None
