"""What was found about an order when it was placed: told again on its pages, with its links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import Order
from orders.rules.problems import Earlier, Found, Remark
from orders.wording import confirmation_of, kept_sentence


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    confirmed: str  # what whoever ordered said to it; nothing where sales has to look
    earlier: Sequence[Earlier]


def told(order: Order) -> list[Told]:
    return [_told(remark) for remark in order.remarked]


def _told(remark: Remark) -> Told:
    confirmed = confirmation_of(remark) if isinstance(remark, Found) else ""
    return Told(kept_sentence(remark), confirmed, getattr(remark, "earlier", ()))
