"""Links to report that a new serial was entered at the server, and the reminders to do so."""

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
    """The link by which its holder reports, without a log-in, that the serial is on the server."""
    token = signed_links.sign({"serial": serial.pk}, salt=_SALT)
    return mailed_link(reverse("serial_entered", args=[token]))


def serial_of(token: str) -> Serial | None:
    """The serial of a link, even if it was replaced. The link never ends: people read mail late."""
    try:
        key = signed_links.read(token, salt=_SALT)["serial"]
    except BadSignature:  # forged or cut off
        return None
    known = Serial.objects.select_related(
        "installation__company", "family", "revision", "entered__by"
    )
    return known.filter(pk=key).first()


def links_for(change: Change) -> dict[str, str]:
    """For the confirmation: the links to report the new serials that replaced others, by family.

    Only of families that ask for it; no statement.
    """
    return {
        family: entered_url(serial.after)
        for family, serial in change.serials.items()
        if serial.outcome is Outcome.REPLACES and serial.after.family.asks_changeover
    }


# The reminder ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToEnter:
    """A serial number that is not yet reported as entered at the server."""

    family: str
    number: str
    replaces: str
    issued_on: dt.date
    link: str


@dataclass(frozen=True, slots=True)
class ChangeoverFacts:
    site_name: str
    reference: str  # the reference of the installation
    serials: Sequence[ToEnter]


def letter(facts: ChangeoverFacts) -> tuple[str, dict[str, Any]]:
    """The templates of the mail and their context."""
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
