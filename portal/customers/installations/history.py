"""The part of a site's history that its page shows: the newest revisions, and a page of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from licensing.models import Installation, Revision, Serial
from portal.customers.paging import FOLDED

MAX_COLUMNS = 5  # of the picture


@dataclass(frozen=True, slots=True)
class History:
    """The other revisions are behind links: a page costs the same however many there are."""

    drawn: Sequence[Revision]  # the newest, oldest first
    listed: Sequence[Revision]  # newest first; empty where the picture has all
    serials: Sequence[Serial]  # those of both, by family and generation
    is_opened: bool  # somebody went on in the list

    @property
    def current(self) -> list[Serial]:
        return [serial for serial in self.serials if serial.is_current]

    @property
    def revisions(self) -> list[Revision]:
        return list({revision.pk: revision for revision in (*self.drawn, *self.listed)}.values())

    @property
    def older(self) -> int:
        """The number before which the next page of the list begins; 0 on its last page."""
        last = self.listed[-1].number if self.listed else 1
        return last if last > 1 else 0


def read_history(installation: Installation, before: int = 0) -> History:
    """Two statements. `before` is the number of a revision: the list begins with the one before.

    The numbers of an installation's revisions have no gaps.
    """
    count = installation.revision_count
    first = max(count - MAX_COLUMNS, 0) + 1  # of the picture
    is_opened = 1 < before <= count
    upper = before if is_opened else count + 1
    lower = max(upper - FOLDED, 1)
    serials = installation.serials.filter(
        Q(is_current=True)
        | Q(superseded_by__revision__number__gte=first)
        | Q(revision__number__gte=lower, revision__number__lt=upper)
    )
    numbered = Q(number__gte=first) | Q(number__gte=lower, number__lt=upper)
    ledger = installation.revisions.filter(numbered).select_related("order").order_by("number")
    found = list(ledger)
    listed = [each for each in found if lower <= each.number < upper] if first > 1 else []
    return History(
        drawn=[each for each in found if each.number >= first],
        listed=listed[::-1],
        serials=list(serials.select_related("family", "revision", "entered__by")),
        is_opened=is_opened,
    )
