"""The first page of the desk: counts of waiting orders and mails, and the oldest of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
from portal.desk.lists import MOST, counted
from portal.order.deliveries import orders_of

SHOWN = 10  # orders in a queue
QUEUES = {State.IN_REVIEW: "placed_at", State.HELD: "changed_at"}  # since when an order waits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A count on the page."""

    what: Promise
    measure: str
    icon: str
    path: str
    number: int
    oldest: dt.datetime | None

    @property
    def counted(self) -> str:
        """The number, or that there are more than are counted."""
        return counted(self.number)


def today(user: User) -> dict[str, Any]:
    """The parts that the user has permission to see. Seven statements for any number of orders."""
    sees_orders = can_see_all(user)
    sees_mail = user.has_perm("outbox.view_message")
    review, held = (_waiting(state) if sees_orders else [] for state in QUEUES)
    to_review, on_hold = _shown(review, held)
    return {
        "counts": [
            *(_orders_waiting(len(review), to_review, len(held), on_hold) if sees_orders else ()),
            *(_mail(timezone.now()) if sees_mail else ()),
        ],
        "sees_mail": sees_mail,
        "not_delivered": _not_delivered() if sees_mail else [],
        "sees_orders": sees_orders,
        "to_review": to_review,
        "held": on_hold,
        "may_enter": can_enter(user),
    }


def _orders_waiting(
    review: int, to_review: Sequence[Order], held: int, on_hold: Sequence[Order]
) -> list[Waiting]:
    """Orders in review since they were placed, and held orders since they were held."""
    path = reverse("admin:orders_order_changelist")
    held_path = f"{path}?status={State.HELD}"
    placed = to_review[0].placed_at if to_review else None
    held_since = on_hold[0].changed_at if on_hold else None
    return [
        Waiting(_("To review"), "review", "review", path, review, placed),
        Waiting(_("Held"), "held", "held", held_path, held, held_since),
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


def _waiting(state: State) -> list[int]:
    """The keys of the orders that wait, the longest wait first, and no more than are counted."""
    waiting = Order.objects.filter(state=state).order_by(QUEUES[state], "pk")
    return list(waiting.values_list("pk", flat=True)[: MOST + 1])


def _shown(*queues: Sequence[int]) -> list[list[Order]]:
    """The first of each queue; a held order with the reason of its last move, if it has one."""
    keys = [key for queue in queues for key in queue[:SHOWN]]
    orders = Order.objects.filter(pk__in=keys, state__in=[*QUEUES])
    orders = orders.select_related("company", "installation")
    found = {order.pk: order for order in orders.with_reason().order_by()} if keys else {}
    for order in found.values():
        vars(order)["since"] = getattr(order, QUEUES[State(order.state)])
    return [[found[key] for key in queue[:SHOWN] if key in found] for queue in queues]
