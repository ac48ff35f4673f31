"""A new serial has to be entered at the server: the links that say so, and the reminders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature
from django.db.models import QuerySet
from django.urls import reverse

from companies import signed_links
from companies.time_zones import local_date
from licensing.actions import Change
from licensing.models import Installation, Serial
from licensing.serial_policy import Outcome
from notifications.models.notices import NoticeMail, Reminder
from notifications.notices.sending import DAY, NoticeKind, Row
from notifications.rules.recipients import Topic
from notifications.rules.schedule import CHANGEOVER as PLAN
from notifications.rules.schedule import Due, Timetable
from outbox.links import mailed_link

_SALT = "notifications.changeover"


# The link -------------------------------------------------------------------------------


def entered_url(serial: Serial) -> str:
    """Where whoever has the link says that the serial is on the server, without a log-in."""
    token = signed_links.sign({"serial": serial.pk}, salt=_SALT)
    return mailed_link(reverse("serial_entered", args=[token]))


def serial_of(token: str) -> Serial | None:
    """Whatever became of it since. The link never ends: a mail is read when it is read."""
    try:
        key = signed_links.read(token, salt=_SALT)["serial"]
    except BadSignature:  # forged or cut off
        return None
    known = Serial.objects.select_related("installation__company", "family", "entered__by")
    return known.filter(pk=key).first()


def links_for(change: Change) -> dict[str, str]:
    """For the confirmation: by family, where the serial that it issued instead of an old one is
    said to be on the server. Only families that ask; no statement."""
    return {
        family: entered_url(serial.after)
        for family, serial in change.serials.items()
        if serial.outcome is Outcome.REPLACES and serial.after.family.asks_changeover
    }


# The reminder ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToEnter:
    """A serial number that is not on the server yet, as far as we were told."""

    family: str
    number: str
    replaces: str
    issued_on: dt.date
    link: str


@dataclass(frozen=True, slots=True)
class ChangeoverFacts:
    site_name: str
    reference: str  # of the installation
    serials: Sequence[ToEnter]


def letter(facts: ChangeoverFacts) -> tuple[str, dict[str, Any]]:
    """The mail's templates, and what they are filled in with."""
    path = reverse("installation", args=[facts.reference])
    context = {
        "facts": facts,
        "first": facts.serials[0],
        "installation_url": mailed_link(path),
    }
    return "changeover", context


def _letter(
    installation: Installation, due: Sequence[Due], today: dt.date
) -> tuple[str, dict[str, Any]]:
    serials = Serial.objects.filter(pk__in=[each.key for each in due])
    zone = installation.company.time_zone
    rows = [
        ToEnter(
            serial.family_id,
            serial.number,
            serial.supersedes.number if serial.supersedes else "",
            local_date(serial.revision.at, zone),
            entered_url(serial),
        )
        for serial in serials.select_related("supersedes", "revision").order_by("family__position")
    ]
    return letter(ChangeoverFacts(installation.site_name, installation.reference, rows))


def _not_entered(at: dt.datetime) -> QuerySet[Serial]:
    first, last = PLAN.reach
    issued = (at - (last + 1) * DAY, at - (first - 1) * DAY)
    return Serial.objects.to_be_entered().filter(revision__at__range=issued)


def _rows(serials: QuerySet[Serial]) -> Iterable[Row]:
    return serials.order_by().values_list(
        "installation", "installation__company__time_zone", "pk", "revision__at", "revision__at"
    )


def _plans(serials: QuerySet[Serial]) -> Callable[[int], Timetable]:
    return lambda installation: PLAN


CHANGEOVER = NoticeKind(
    about=NoticeMail.About.CHANGEOVER,
    topic=Topic.CONFIRMATIONS,
    row=Reminder,
    subject="serial",
    near=_not_entered,
    rows=_rows,
    timetables=_plans,
    letter=_letter,
)
