"""The page of one installation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from companies.models import User
from companies.time_zones import local_date
from licensing.coverage import put_together
from licensing.models import Installation, Revision
from licensing.permissions import SAY_ENTERED, can_maintain, company_of
from notifications.forms import STEP_LABELS
from notifications.notices.choosing import SCHEDULE, steps_of
from orders.models import Order
from portal.customers.installations import lanes
from portal.customers.installations.history import read_history
from portal.customers.installations.holdings import family_holdings
from portal.customers.installations.told import told_about
from portal.customers.paging import PAGE_SIZE


def installation_page(
    installation: Installation, user: User, at: dt.datetime, *, before: int = 0, terms: int = 0
) -> dict[str, Any]:
    """The template's context; six statements beside the installation's own.

    Long lists begin where the reader went on: updates `before` a revision's number, `terms` from
    that place on.
    """
    zone = installation.company.time_zone
    today = local_date(at, zone)
    orders = Order.objects.visible_to(user).filter(installation=installation)
    rows = orders.select_related("revision").prefetch_related("lines")
    newest = list(rows.order_by("-placed_at", "-pk")[: PAGE_SIZE + 1])
    history = read_history(installation, before)
    notes = _notes(history.revisions, user)
    return {
        "installation": installation,
        "today": today,
        "current": history.current,
        "may_order_here": company_of(user, installation) is not None,
        "may_schedule": can_maintain(user, installation, SCHEDULE),
        "may_say_entered": can_maintain(user, installation, SAY_ENTERED),
        "notice_steps": [STEP_LABELS[step] for step in steps_of(installation)],
        "holdings": family_holdings(put_together(installation.lots.held()), today, terms),
        "told": told_about(installation, user),
        "orders": newest[:PAGE_SIZE],
        "newest": _newest_issued(newest),
        "more_orders": len(newest) > PAGE_SIZE,
        "lanes": lanes.draw(history, notes, zone),
        "updates": lanes.list_updates(history, notes, zone),
        "history": history,
    }


def _newest_issued(orders: Sequence[Order]) -> Order | None:
    """The order with the newest confirmation, among the visible orders on the page."""
    issued = [order for order in orders if order.revision]
    return max(
        issued, key=lambda order: order.revision.number if order.revision else 0, default=None
    )


def _notes(revisions: Sequence[Revision], user: User) -> dict[int | None, str]:
    """By revision: its order, if the user may see it, or its cause if that is no order."""
    companies = {membership.company_id for membership in user.own_memberships}  # read with the user
    notes: dict[int | None, str] = {}
    for revision in revisions:
        order: Order | None = getattr(revision, "order", None)
        if revision.cause != Revision.Cause.ORDER:
            notes[revision.pk] = revision.get_cause_display()
        elif order and order.company_id in companies:
            notes[revision.pk] = str(order)
    return notes
