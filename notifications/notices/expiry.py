"""Notices that terms end: the lots that they are about, and their text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.urls import reverse

from licensing.coverage import HeldLot
from licensing.models import Installation, Lot, Serial
from licensing.terms import days_left
from notifications.models.notices import Notice, NoticeMail, NoticeSchedule
from notifications.notices.sending import DAY, NoticeKind, Row
from notifications.rules.recipients import Topic
from notifications.rules.schedule import Due, Timetable, expiry_timetable
from outbox.links import mailed_link


@dataclass(frozen=True, slots=True)
class Ending:
    """Units of a part that end together, as the mail lists them."""

    units: int
    part_number: str
    last_day: dt.date
    days: int  # days left; 0 on the last valid day, negative after it

    @property
    def ended(self) -> bool:
        return self.days < 0


@dataclass(frozen=True, slots=True)
class ExpiryFacts:
    site_name: str
    reference: str  # the reference of the installation
    endings: Sequence[Ending]  # the most urgent first
    serials: Sequence[tuple[str, str]]  # family and number of each current serial

    @property
    def units(self) -> int:
        return sum(ending.units for ending in self.endings)


def letter(facts: ExpiryFacts) -> tuple[str, dict[str, Any]]:
    """The templates of the mail and their context."""
    context = {
        "facts": facts,
        "first": facts.endings[0],
        "link": mailed_link(f"{reverse('order_new')}?renew={facts.reference}"),
        "installation_url": (mailed_link(reverse("installation", args=[facts.reference]))),
    }
    return ("expired" if all(each.ended for each in facts.endings) else "expiring"), context


def _letter(
    installation: Installation, due: Sequence[Due], today: dt.date
) -> tuple[str, dict[str, Any]]:
    lots = Lot.objects.filter(pk__in=[each.key for each in due]).held()
    families = {lot.part.family for lot in lots}
    serials = Serial.objects.current().filter(installation=installation, family__in=families)
    numbers = serials.order_by("family__position").values_list("family", "number")
    endings = _endings(lots, today)
    return letter(
        ExpiryFacts(installation.site_name, installation.reference, endings, list(numbers))
    )


def _endings(lots: Iterable[HeldLot], today: dt.date) -> list[Ending]:
    units: dict[tuple[dt.date, str], int] = {}
    for lot in lots:
        if lot.last_day:
            key = (lot.last_day, lot.part.part_number)
            units[key] = units.get(key, 0) + lot.not_renewed
    return [
        Ending(count, part, last_day, days_left(today, last_day))
        for (last_day, part), count in sorted(units.items())
    ]


def _near_their_end(at: dt.datetime) -> QuerySet[Lot]:
    """Lots that end within reach, with a day more on both sides for other time zones."""
    first, last = expiry_timetable().reach
    days = (at.date() - (last + 1) * DAY, at.date() - (first - 1) * DAY)
    return Lot.objects.filter(last_day__range=days)


def _lapsing(lots: QuerySet[Lot]) -> Iterable[Row]:
    """The lots with units that are neither renewed nor upgraded away."""
    left = Sum(F("movements__quantity") - F("movements__renewed"))
    with_units = lots.order_by().annotate(left=left).filter(left__gt=0)
    columns = ("installation", "installation__company__time_zone", "pk", "last_day", "revision__at")
    rows: Iterable[Any] = with_units.values_list(*columns)  # each of them has a last day
    return rows


def _plans(lots: QuerySet[Lot]) -> Callable[[int], Timetable]:
    chosen = dict(
        NoticeSchedule.objects.filter(installation__in=lots.values("installation")).values_list(
            "installation", "steps"
        )
    )
    return lambda installation: expiry_timetable(chosen.get(installation))


EXPIRY = NoticeKind(
    about=NoticeMail.About.EXPIRY,
    topic=Topic.EXPIRY,
    row=Notice,
    subject="lot",
    near=_near_their_end,
    rows=_lapsing,
    timetables=_plans,
    letter=_letter,
)
