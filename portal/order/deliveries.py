"""The delivery of a mail to each recipient, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.models import Confirmation
from orders.models import Order
from outbox.models import Message
from portal.web.masked_links import masked

State, FailedFor = Message.State, Message.FailedFor

TAGS = {  # icon and color of a state
    State.QUEUED: "submitted",
    State.SENDING: "review",
    State.SENT: "issued",
    State.FAILED: "rejected",
    State.RETURNED: "rejected",
    State.EXPIRED: "expired",
}
WHY: Mapping[str, Promise] = {  # words for customers; the server's own words are for sales
    FailedFor.ADDRESS: _("Not delivered: the mail server there does not take mail for it."),
    FailedFor.CONTENT: _("Not delivered: the mail server there refused the email."),
    FailedFor.POLICY: _("Not delivered: the mail server does not take mail from us."),
    FailedFor.TRIES: _("Not delivered: no mail server there took it for two days."),
}
NOT_DELIVERED = _("Not delivered.")
DEALT_WITH = _("Sales has seen to it.")
CHECK_ADDRESS = _("Check the address. Is it wrong or out of use? Tell sales.")
OURS_TO_MEND = _("The address is not at fault. Sales was told and sees to it.")
WHAT_TO_DO: Mapping[str, Promise] = {
    FailedFor.CONTENT: OURS_TO_MEND,
    FailedFor.POLICY: OURS_TO_MEND,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    message: Message
    address: str
    look: str
    words: str | Promise
    at: dt.datetime | None = None  # when it was sent, is tried next, or failed
    what_to_do: str | Promise = ""

    @property
    def state(self) -> str:
        return self.message.get_state_display()

    @property
    def server_said(self) -> str:
        """The mail server's words, for sales. They may quote the mail, so links are masked."""
        return masked(self.message.last_error)

    @property
    def next_try_at(self) -> dt.datetime | None:
        """The time of the next try, if an earlier try failed; otherwise the mail is tried now."""
        waits = self.message.state == State.QUEUED and self.message.attempts
        return self.message.due_at if waits else None


def deliveries_after(revision: int | None) -> list[Delivery]:
    """The deliveries of a revision's confirmation, oldest first; one statement, without content."""
    if revision is None:
        return []
    records = Confirmation.objects.filter(revision=revision).values("record")
    messages = Message.objects.filter(record__in=records).without_content().order_by("pk")
    return [_delivery(message) for message in messages]


def deliveries_for_customers(order: Order) -> list[Delivery]:
    """The deliveries that the order's company asked for. Other recipients are not its business."""
    if order.revision is None:
        return []
    company = order.company_id
    told = order.revision.confirmation.told
    others = {each.address for each in told if each.company != company}
    return [each for each in deliveries_after(order.revision_id) if each.address not in others]


def orders_of(messages: Iterable[Message]) -> dict[str, Order]:
    """The orders whose confirmations these mails are, by record. One statement."""
    records = {message.record for message in messages} - {""}
    confirmed = Order.objects.filter(revision__confirmation__record__in=records)
    found = confirmed.annotate(record=F("revision__confirmation__record"))
    rows = found.select_related("company", "installation")
    return {order.record: order for order in rows}  # type: ignore[attr-defined]  # annotated


def _delivery(message: Message) -> Delivery:
    state = State(message.state)
    address = ", ".join(message.recipients)
    look = TAGS[state]
    if state is State.SENT:
        return Delivery(message, address, look, "", message.sent_at)
    if state is State.SENDING:
        return Delivery(message, address, look, _("On its way to the mail server."))
    if state is State.QUEUED:
        return _queued(message, address, look)
    why = WHY.get(message.failed_for, NOT_DELIVERED)
    what_to_do = WHAT_TO_DO.get(message.failed_for, CHECK_ADDRESS)
    next_step = what_to_do if message.is_task else DEALT_WITH
    return Delivery(message, address, look, why, message.failed_at, next_step)


def _queued(message: Message, address: str, look: str) -> Delivery:
    if message.refusals:
        said = _("The mail server takes no mail from us at the moment.")
        return Delivery(message, address, look, said, what_to_do=OURS_TO_MEND)
    tried = _("The mail server did not take it yet.")
    return Delivery(message, address, look, tried if message.attempts else "")
