"""Notices that terms end: the lots that they are about, and their text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from licensing.models import Installation, Lot, Serial, not_renewed
from licensing.renewals import ToRenew, left_to_renew
from licensing.terms import days_left
from notifications.models.notices import Notice, NoticeMail, NoticeSchedule
from notifications.notices.sending import DAY, NoticeKind, Row
from notifications.rules.recipients import Topic
from notifications.rules.schedule import Due, Timetable, expiry_timetable
from outbox.links import mailed_link


@dataclass(frozen=True, slots=True)
class Ending:
    """Units that are left to renew, as the mail lists them."""

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
    endings = [_ending(each, today) for each in left_to_renew(lots, today)]
    return letter(
        ExpiryFacts(installation.site_name, installation.reference, endings, list(numbers))
    )


def _ending(left: ToRenew, today: dt.date) -> Ending:
    days = days_left(today, left.last_day)
    return Ending(left.units, left.part.part_number, left.last_day, days)


def _near_their_end(at: dt.datetime) -> QuerySet[Lot]:
    """Lots that end within reach, with a day more on both sides for other time zones."""
    first, last = expiry_timetable().reach
    days = (at.date() - (last + 1) * DAY, at.date() - (first - 1) * DAY)
    return Lot.objects.filter(last_day__range=days)


def _lapsing(lots: QuerySet[Lot]) -> Iterable[Row]:
    """The lots with units that are neither renewed nor upgraded away."""
    columns = ("installation", "installation__company__time_zone", "pk", "last_day", "revision__at")
    rows: Iterable[Any] = not_renewed(lots.order_by()).values_list(*columns)
    return rows  # each of them has a last day


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
