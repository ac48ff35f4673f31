"""The remarks about an order from the time when it was placed, shown with their links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import Order
from orders.rules.problems import Earlier, Found, Remark
from orders.wording import confirmation_of, kept_sentence


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    confirmed: str  # the orderer's answer; empty if sales must look
    earlier: Sequence[Earlier]


def told(order: Order) -> list[Told]:
    return [_told(remark) for remark in order.remarked]


def _told(remark: Remark) -> Told:
    confirmed = confirmation_of(remark) if isinstance(remark, Found) else ""
    return Told(kept_sentence(remark), confirmed, getattr(remark, "earlier", ()))
