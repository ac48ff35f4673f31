"""The state of an order as a picture: the steps behind it, the current one, the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.time_zones import local_date
from orders.models import Order, OrderEvent
from orders.rules.moves import FINAL, State
from orders.wording import STATES

WAITS = (State.HELD, State.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the picture."""

    look: str  # done, here, held, rejected, or empty for a step to come
    icon: str
    label: str
    detail: str = ""
    day: dt.date | None = None
    since: bool = False  # `day` is the start of a step that is not over
    is_now: bool = False


def track(order: Order, events: Sequence[OrderEvent], *, then: str) -> list[Step]:
    """Placed → in review → issued, or the state in which the order stopped.

    `events` in their order; `then` is the text of the last step while it is to come.
    """
    placed = local_date(order.placed_at, order.dealer.time_zone)
    return [
        Step("done", "check", _("Submitted"), day=placed),
        *_passed(State(order.state), events),
        *_now(order, events, then),
    ]


def _passed(now: State, events: Sequence[OrderEvent]) -> list[Step]:
    """Each wait that is over, with its total time; a second wait adds to the first."""
    waited: dict[State, dt.timedelta] = {}
    for event, following in pairwise(events):
        state = State(event.to_state)
        if state in WAITS and state is not now:
            waited[state] = waited.get(state, dt.timedelta()) + (following.at - event.at)
    return [
        Step("done", "check", str(STATES[state]), how_long(time)) for state, time in waited.items()
    ]


def _now(order: Order, events: Sequence[OrderEvent], then: str) -> list[Step]:
    state = State(order.state)
    label, day = str(STATES[state]), local_date(order.changed_at, order.dealer.time_zone)
    to_come = Step("", "dot", _("Issued"), then)
    if state is State.ISSUED:
        return [Step("done here", "check", label, str(order.revision), day, is_now=True)]
    if state in FINAL:
        return [Step("rejected", "cross", label, why_now(events), day, is_now=True)]
    if state is State.HELD:
        held = Step("held", "pause", label, why_now(events), day, since=True, is_now=True)
        return [held, to_come]
    review = Step("here", "dots", label, _("Sales looks at it"), day, since=True, is_now=True)
    return [review, to_come]


def why_now(events: Sequence[OrderEvent]) -> str:
    """The reason for the order's state, in the words of the user who changed it."""
    return events[-1].why if events else ""


def how_long(time: dt.timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    hours, days = minutes // 60, time.days
    if days:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if hours:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
