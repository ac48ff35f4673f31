"""Gives a held order the serial number of its installation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from companies.models import User
from licensing.models import Installation
from orders.actions.deciding import prepare, warnings
from orders.actions.duplicates import read_before, same_purchase_order
from orders.actions.issuing import issue_prepared
from orders.actions.placing import one_at_a_time, quote_rows
from orders.actions.transitions import check_may_move, lock, lock_site
from orders.actions.transitions import move as move_order
from orders.models import MAX_REASON, Order, OrderSerial
from orders.permissions import check_answer_by_link, check_supply_serial
from orders.placement import Quote
from orders.quoting import guess_limit
from orders.quoting.identify import Identified, Resolved, resolve
from orders.rules.moves import Move, State
from orders.rules.problems import OrderRefused, SerialNotNeeded, UsedPurchaseOrder
from orders.rules.remarks import to_json
from orders.wording import quoted_instead


@dataclass(frozen=True, slots=True)
class Answerer:
    """The person who answers by the link in the mail, as they say: it may have been forwarded."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name}, {self.email}"


def supply_inside(
    order: Order,
    quotes: Sequence[Quote],
    *,
    by: User,
    at: dt.datetime,
    answerer: Answerer | None,
) -> Order:
    """Continues the locked order like a new one, but sales reviews it if sales held it."""
    one_at_a_time(order.company, Move.SUPPLY_SERIAL)
    resolved = resolve(quotes, company=order.company)
    at_once = order.lacks_installation and order.company.auto_issue
    lock_site(order, resolved.installation)
    said = _replace_quotes(order, resolved)
    prepared = prepare(order, at=at)
    warned = [*warnings(prepared, resolved), *_used_before(order)]
    order.remarks = [to_json(remark) for remark in warned]
    move, answered_by = Move.SUPPLY_SERIAL, str(answerer or "")
    if at_once and not warned:
        issue_prepared(prepared, move, by=by, at=at, reason=said, answered_by=answered_by)
    else:
        move_order(order, move, State.IN_REVIEW, by=by, at=at, reason=said, answered_by=answered_by)
    return order


def _used_before(order: Order) -> list[UsedPurchaseOrder]:
    """Earlier orders with the PO number, for sales to check; a new order would ask about them."""
    used = same_purchase_order(order, read_before([(order, [])]))
    return [UsedPurchaseOrder(order.po_number)] if used else []


def _replace_quotes(order: Order, resolved: Resolved) -> str:
    """For the trail: the quotes now, and those before."""
    old = ", ".join(order.serials.values_list("quoted", flat=True))
    new = ", ".join(quote.text for quote in resolved.serials)
    order.serials.all().delete()
    OrderSerial.objects.bulk_create(quote_rows(order, Identified(resolved.serials, ())))
    return quoted_instead(new, old)[:MAX_REASON]


def supply_serial(
    order: Order,
    *,
    quotes: Sequence[Quote],
    by: User,
    answerer: Answerer | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """Names the installation of a held order by its serials; the order continues like a new one.

    With an `answerer` it is given by the link in the mail, for the order's orderer.

    The new quotes replace the earlier ones, which the trail keeps. An order that sales holds goes
    back into review even if its company issues at once, since sales wants to see it again. Raises
    OrderRefused when the serials identify no installation of the company, or one that can't take
    the lines; the order then stays held.
    """
    (check_answer_by_link if answerer else check_supply_serial)(by, order)
    with (
        _counted(order, quotes, by, by_link=answerer is not None),
        transaction.atomic(durable=True),
    ):
        order = lock(order)
        check_may_move(order, Move.SUPPLY_SERIAL)
        if not order.takes_serial:
            raise OrderRefused([SerialNotNeeded()])
        return supply_inside(order, quotes, by=by, at=at or timezone.now(), answerer=answerer)


def find_site(order: Order, *, quotes: Sequence[Quote], by: User, by_link: bool) -> Installation:
    """The site that the serials name, before they are given. It raises as `supply_serial` does.

    A wrong serial counts here as it counts there, and the same one counts once.
    """
    (check_answer_by_link if by_link else check_supply_serial)(by, order)
    with _counted(order, quotes, by, by_link=by_link):
        return resolve(quotes, company=order.company).installation


def _counted(
    order: Order, quotes: Sequence[Quote], by: User, *, by_link: bool
) -> AbstractContextManager[None]:
    if by_link:
        return guess_limit.counted_of_link(order.reference, quotes)
    return guess_limit.counted(by, quotes)
