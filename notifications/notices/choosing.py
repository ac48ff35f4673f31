"""Reads and changes the days on which an installation's contacts are told that terms end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from companies.models import User
from licensing.models import Installation
from licensing.permissions import check_maintain
from notifications.models.notices import NoticeSchedule
from notifications.rules.schedule import EXPIRY_STEPS

SCHEDULE = "notifications.change_noticeschedule"


def steps_of(installation: Installation) -> list[int]:
    """The chosen steps or the usual ones. No statement if the schedule was fetched, too."""
    chosen = getattr(installation, "notice_schedule", None)
    return list(EXPIRY_STEPS if chosen is None else chosen.steps)


@transaction.atomic
def set_schedule(
    installation: Installation, *, steps: Collection[int], by: User, at: dt.datetime
) -> NoticeSchedule:
    """Saves the steps; no steps at all is a choice, too.

    A new step whose day has come is told once, like a missed one. Raises ValidationError for a
    value that is no step.
    """
    locked = Installation.objects.select_for_update().get(pk=installation.pk)
    check_maintain(by, locked, SCHEDULE)
    known = NoticeSchedule.objects.filter(installation=installation).first()
    schedule = known or NoticeSchedule(installation=installation)
    schedule.steps, schedule.changed_by, schedule.changed_at = sorted(steps), by, at
    schedule.full_clean()
    schedule.save()
    return schedule
