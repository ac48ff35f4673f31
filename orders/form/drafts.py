"""Drafts of orders: kept as they were typed, only for their author.

The submission names the form, so a form has one draft, whether its author saved or left it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from companies.models import User
from orders.form.data import Kept, submission_of
from orders.models import Draft, DraftQuerySet, Order
from orders.permissions import check_begin

MAX_DRAFTS = 50  # of one author, saved with the button
MAX_LEFT = 5  # of one author, saved without the button: the newest stay
LEFT_LIVES = dt.timedelta(days=30)


class TooManyDrafts(Exception):
    """The author has as many drafts as allowed; nothing was saved."""


def save_draft(
    draft: Draft | None, *, data: Kept, by: User, at: dt.datetime | None = None
) -> Draft:
    """Saves the author's draft again, or begins one. Raises TooManyDrafts."""
    check_begin(by)
    with _one_at_a_time(by) as mine:
        kept = _known(mine, draft, data)
        saved = mine.filter(by_itself=False)
        if (kept is None or kept.by_itself) and saved.count() >= MAX_DRAFTS:
            raise TooManyDrafts
        kept = kept or Draft(author=by, submission=submission_of(data))
        kept.by_itself = False
        return _write(kept, data, at=at)


def keep_draft(*, data: Kept, by: User, at: dt.datetime | None = None) -> Draft | None:
    """Keeps a form that was left or whose session ended.

    None if the order was placed meanwhile or the data names no form. Only the newest of such drafts
    stay.
    """
    check_begin(by)
    submission = submission_of(data)
    if submission is None or Order.objects.filter(submission=submission, placed_by=by).exists():
        return None
    at = at or timezone.now()
    with _one_at_a_time(by) as mine:
        new = Draft(author=by, submission=submission, by_itself=True)
        kept = _write(_known(mine, None, data) or new, data, at=at)
        left = mine.filter(by_itself=True)
        newest = list(left.values_list("pk", flat=True)[:MAX_LEFT])
        left.filter(~Q(pk__in=newest) | Q(saved_at__lt=at - LEFT_LIVES)).delete()
        return kept


def delete_draft(draft: Draft, *, by: User) -> None:
    """Deletes the draft. Deleting twice is no error."""
    Draft.objects.of_author(by).filter(pk=draft.pk).delete()


def delete_placed(order: Order, draft: Draft | None) -> None:
    """Deletes the draft of a placed order, even if another page placed it."""
    same = Q(submission=order.submission) | (Q(pk=draft.pk) if draft else Q())
    Draft.objects.of_author(order.placed_by).filter(same).delete()


@contextmanager
def _one_at_a_time(author: User) -> Iterator[DraftQuerySet]:
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=author.pk)
        yield Draft.objects.of_author(author)


def _known(mine: DraftQuerySet, draft: Draft | None, data: Kept) -> Draft | None:
    """The author's draft: this one, or the one of the same form."""
    if draft and (found := mine.filter(pk=draft.pk).first()):
        return found
    submission = submission_of(data)
    return mine.filter(submission=submission).first() if submission else None


def _write(draft: Draft, data: Kept, *, at: dt.datetime | None) -> Draft:
    draft.data, draft.saved_at = data, at or timezone.now()
    draft.save()
    return draft
