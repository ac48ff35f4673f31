"""The link in the mail about a held order: it opens only the question of that order.

It names the hold, so that it ends with that hold. To open it does not use it up, since mail
scanners open links.
"""

from __future__ import annotations

import datetime as dt

from django.core.signing import BadSignature
from django.urls import reverse

from companies import signed_links
from orders.models import Order, OrderEvent
from orders.permissions import can_answer_by_link
from orders.rules.moves import State

LIVES = dt.timedelta(days=30)
_SALT = "orders.links"


def path_for(event: OrderEvent) -> str:
    """The path where the hold that the event began can be answered without a log-in."""
    token = signed_links.sign_with_time({"hold": event.pk}, salt=_SALT)
    return reverse("order_answer", args=[token])


def order_of(token: str) -> Order | None:
    """The order, while it is in the same hold as when the link was made; else None.

    Also None if the mail's recipient has left the company or the company was deactivated.
    """
    try:
        hold = signed_links.read_with_time(token, salt=_SALT, lives=LIVES)["hold"]
    except BadSignature:  # forged, cut off, or too old
        return None
    related = ("order__company", "order__placed_by", "order__ordered_for")
    event = OrderEvent.objects.select_related(*related).filter(pk=hold).first()
    if event is None or event.order.state != State.HELD:
        return None
    newest = event.order.events.order_by("-pk").values_list("pk", flat=True).first()
    is_open = newest == event.pk and can_answer_by_link(event.order)
    return event.order if is_open else None
