"""The first page of the desk: the last run of the notices, and sites on an old serial number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import User
from licensing.models import Serial
from licensing.permissions import can_see_all
from notifications.models.notices import NoticeRun
from notifications.notices.runs import is_late
from portal.desk.lists import MOST
from portal.desk.today import Waiting

ON_SERVER, OLD = "server", "old"  # a filter of the list of installations, and its value


@dataclass(frozen=True, slots=True)
class LastRun:
    run: NoticeRun | None
    is_late: bool


def last_run(user: User, at: dt.datetime | None = None) -> LastRun | None:
    """Takes one statement. None for users who may not see it."""
    if not user.has_perm("notifications.view_noticerun"):
        return None
    run = NoticeRun.objects.exclude(ended_at=None).order_by("-ended_at").first()
    return LastRun(run, is_late(run.ended_at if run else None, at or timezone.now()))


def to_be_entered(user: User) -> list[Waiting]:
    """The number of sites with a new serial that is not reported as entered; one statement."""
    if not can_see_all(user):
        return []
    waiting = Serial.objects.to_be_entered().order_by("revision_id")
    found = list(waiting.values_list("installation", "revision__at")[: MOST + 1])
    path = reverse("admin:licensing_installation_changelist")
    query = f"{path}?{ON_SERVER}={OLD}"
    number, oldest = len({site for site, _at in found}), found[0][1] if found else None
    return [Waiting(_("Sites on an old serial"), "replaced", "replaced", query, number, oldest)]
