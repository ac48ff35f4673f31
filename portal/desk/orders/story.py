"""The history of an order below its facts on the desk's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.models import User
from licensing.permissions import can_see_all
from orders.models import Order, OrderEvent, OrderSerial
from orders.permissions import can_answer_by_link
from orders.quoting.answer_link import LIVES
from orders.rules.moves import State
from orders.rules.problems import Earlier
from portal.desk.orders.issue_preview import outlook_of
from portal.desk.orders.owners_of_serials import Whose, whose
from portal.order.deliveries import deliveries_after
from portal.order.lines import line_stories
from portal.order.quotes import Quoted, quoted, serials_of
from portal.order.remarks import Told, told
from portal.order.track import track


@dataclass(frozen=True, slots=True)
class SerialRow:
    row: OrderSerial
    quoted: Quoted | None
    whose: Whose | None  # of a quote that may be another company's, if the user may see it


@dataclass(frozen=True, slots=True)
class Hold:
    """The reason and date of a hold, and the mail about it."""

    because: str
    since: dt.datetime
    told: str  # the recipient's address
    link_ends: dt.datetime | None  # null if no serial number can answer it, or the orderer has left


@dataclass(frozen=True, slots=True)
class DeskTold:
    told: Told
    links: Sequence[tuple[str, str, dt.date | None]]  # addresses at the desk, names, dates


def story(order: Order, user: User) -> dict[str, Any]:
    """The template's context; five to eight statements."""
    events = list(order.events.select_related("by"))
    lines = list(order.lines.ready_to_decide())
    in_review = order.state == State.IN_REVIEW
    return {
        "steps": track(order, events, then=_("The customer gets an email")),
        "hold": _hold(order, events),
        "outlook": outlook_of(order, lines, at=timezone.now()) if in_review else None,
        "lines": line_stories(order, lines),
        "serials": _serials(order, events, user),
        "told": [_at_desk(each) for each in told(order)],
        "deliveries": deliveries_after(order.revision_id),
        "documents": list(order.documents.select_related("added_by")),
        "events": events,
    }


def _hold(order: Order, events: Sequence[OrderEvent]) -> Hold | None:
    if order.state != State.HELD or not events:
        return None
    event = events[-1]
    opens = order.takes_serial and can_answer_by_link(order)
    ends = event.at + LIVES if opens else None
    return Hold(event.why, event.at, order.orderer.email, ends)


def _serials(order: Order, events: Sequence[OrderEvent], user: User) -> list[SerialRow]:
    rows = serials_of(order)
    by_row = {each.row.pk: each for each in quoted(order, rows, events)}
    doubtful = [row.quoted for row in rows if row.quoted and _may_be_anothers(row)]
    found = {each.text: each for each in whose(doubtful)} if can_see_all(user) else {}
    return [SerialRow(row, by_row.get(row.pk), found.get(row.quoted)) for row in rows]


def _may_be_anothers(row: OrderSerial) -> bool:
    """Whether the serial is not the company's, or is from elsewhere, where others read alike."""
    found = row.resolved
    return found is None or (found.issued_elsewhere and found.number != row.quoted)


def _at_desk(each: Told) -> DeskTold:
    return DeskTold(each, [(desk_path(one), one.name, one.on) for one in each.earlier])


def desk_path(earlier: Earlier) -> str:
    """Where the desk has it: customers' pages are closed to sales."""
    if earlier.site:
        return f"{reverse('admin:licensing_installation_changelist')}?q={earlier.site}"
    return f"{reverse('admin:orders_order_changelist')}?status=all&q={earlier.order}"
