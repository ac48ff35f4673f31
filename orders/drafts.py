"""Orders that were begun: kept as they were typed, for their author only."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from companies.models import User
from orders.form_data import Kept
from orders.models import Draft
from orders.permissions import check_draft

MAX_DRAFTS = 50  # of one author


class TooManyDrafts(Exception):
    """The author has as many as anybody may have; nothing was saved."""


def save_draft(
    draft: Draft | None, *, data: Kept, by: User, at: dt.datetime | None = None
) -> Draft:
    """Saves the author's draft anew, or begins one. Raises TooManyDrafts."""
    check_draft(by)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)  # one at a time
        mine = Draft.objects.of_author(by)
        kept = draft and mine.filter(pk=draft.pk).first()
        if kept is None and mine.count() >= MAX_DRAFTS:
            raise TooManyDrafts
        kept = kept or Draft(author=by)
        kept.data, kept.saved_at = data, at or timezone.now()
        kept.save()
    return kept


def delete_draft(draft: Draft, *, by: User) -> None:
    """Of one that is gone already there is nothing to do."""
    Draft.objects.of_author(by).filter(pk=draft.pk).delete()
