"""The first page of the desk: counts of waiting orders and mails, and the oldest of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import User
from orders.models import Order
from orders.permissions import can_enter, can_see_all
from orders.rules.moves import State
from outbox import watch
from outbox.models import Message
from portal.order.deliveries import orders_of

SHOWN = 10  # orders in a queue


@dataclass(frozen=True, slots=True)
class Waiting:
    """A count on the page."""

    what: Promise
    measure: str
    icon: str
    path: str
    number: int
    oldest: dt.datetime | None


def today(user: User) -> dict[str, Any]:
    """The parts that the user has permission to see. Six statements for any number of orders."""
    sees_orders = can_see_all(user)
    sees_mail = user.has_perm("outbox.view_message")
    return {
        "counts": [
            *(_orders_waiting() if sees_orders else ()),
            *(_mail(timezone.now()) if sees_mail else ()),
        ],
        "sees_mail": sees_mail,
        "not_delivered": _not_delivered() if sees_mail else [],
        "sees_orders": sees_orders,
        "to_review": list(_queue(State.IN_REVIEW)) if sees_orders else [],
        "held": list(_queue(State.HELD)) if sees_orders else [],
        "may_enter": can_enter(user),
    }


def _orders_waiting() -> list[Waiting]:
    """Orders in review since they were placed, and held orders since they were held."""
    review, held = Q(state=State.IN_REVIEW), Q(state=State.HELD)
    found = Order.objects.filter(review | held).aggregate(
        to_review=Count("pk", filter=review),
        placed=Min("placed_at", filter=review),
        held=Count("pk", filter=held),
        held_since=Min("changed_at", filter=held),
    )
    path = reverse("admin:orders_order_changelist")
    on_hold = f"{path}?status={State.HELD}"
    return [
        Waiting(_("To review"), "review", "review", path, found["to_review"], found["placed"]),
        Waiting(_("Held"), "held", "held", on_hold, found["held"], found["held_since"]),
    ]


def _mail(at: dt.datetime) -> list[Waiting]:
    queue, path = watch.measure(at), reverse("admin:outbox_message_changelist")
    measure = "danger" if queue.is_late or queue.refused else ""
    queued, undealt = f"{path}?state__exact=queued", f"{path}?task=open"
    failed = queue.not_delivered, queue.first_failed
    return [
        Waiting(_("Mail waiting"), measure, "mail", queued, queue.waiting, queue.oldest),
        Waiting(_("Mail not delivered"), "danger", "warning", undealt, *failed),
    ]


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A task for sales."""

    message: Message
    address: str
    order: Order | None  # the order that it confirms


def _not_delivered() -> list[NotDelivered]:
    """The longest wait first."""
    tasks = Message.objects.undealt().without_content().order_by("failed_at", "pk")
    mails = list(tasks[:SHOWN])
    orders = orders_of(mails)
    return [
        NotDelivered(mail, ", ".join(mail.recipients), orders.get(mail.record)) for mail in mails
    ]


def _queue(state: State) -> QuerySet[Order]:
    """The longest wait first; a held order with the reason of its last move, if it has one."""
    since = F("placed_at") if state is State.IN_REVIEW else F("changed_at")
    return (
        Order.objects.filter(state=state)
        .select_related("company", "installation")
        .with_reason()
        .annotate(since=since)
        .order_by("since", "pk")[:SHOWN]
    )
