"""The mail about an order that is held, with the open points, rejected, or canceled by sales.

The held orders of one file are told together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from companies.plain_text import one_line
from companies.purchase_orders import po_label
from licensing.models import Installation
from licensing.serial_policy import Action
from notifications.mailing import address, letters_for
from notifications.rules.recipients import Recipient, Topic, Why
from outbox.actions import ends
from outbox.links import mailed_link

LINES_OF_EACH = 3  # told of an order in the mail about a file


@dataclass(frozen=True, slots=True)
class StoppedLine:
    """One line of the order, as it was ordered."""

    action: Action
    quantity: int
    part_number: str
    source: str = ""  # the part number that is upgraded or renewed

    def __str__(self) -> str:
        said = {
            Action.ADD: _("Add %(count)d × %(part)s"),
            Action.UPGRADE: _("Upgrade %(count)d × %(source)s to %(part)s"),
            Action.RENEW: _("Renew %(count)d × %(source)s with %(part)s"),
        }[self.action]
        return said % {"count": self.quantity, "part": self.part_number, "source": self.source}


@dataclass(frozen=True, slots=True)
class StoppedOrder:
    kind: str  # of the mail: held, rejected or canceled
    site_name: str  # empty while the site is unknown
    po_number: str
    order_number: str
    order_path: str
    reason: str | Promise  # staff's own words, else ours
    installation: Installation | None = None
    link_path: str = ""  # of the page to answer without a log-in; only the orderer gets it
    link_ends: dt.date | None = None
    ends_at: dt.datetime | None = None  # the end of the mail's use
    lines: Sequence[StoppedLine] = ()


@dataclass(frozen=True, slots=True)
class HeldFile:
    """Held orders of one file."""

    name: str
    path: str  # of its page; empty if the reader has none
    orders: tuple[StoppedOrder, ...]


def stopped_mails(
    order: StoppedOrder, recipients: Iterable[Recipient]
) -> list[EmailMultiAlternatives]:
    """One mail for each recipient; only the orderer's mail has the link to answer."""
    found = []
    for recipient in recipients:
        with override(recipient.language):
            context = _context(order, recipient)
        letter = letters_for([recipient], order.kind, context)[recipient.language]
        mail = address(letter, recipient, topic=Topic.HOLDS, installation=order.installation)
        if order.ends_at:
            ends(mail, order.ends_at)
        found.append(mail)
    return found


def held_file_mail(file: HeldFile, orderer: Recipient) -> EmailMultiAlternatives:
    """One mail about all of them, with a link to answer for each; of one, the mail about that."""
    if len(file.orders) == 1:
        (mail,) = stopped_mails(file.orders[0], [orderer])
        return mail
    with override(orderer.language):
        context = {
            "file": one_line(file.name),
            "file_url": mailed_link(file.path) if file.path else "",
            "orders": [
                {**_context(order, orderer), "ordered": _ordered(order)} for order in file.orders
            ],
            "last_day": max(order.link_ends for order in file.orders if order.link_ends),
            "is_orderer": True,
            "wishes_url": "",
        }
    letter = letters_for([orderer], "held_file", context)[orderer.language]
    mail = address(letter, orderer, topic=Topic.HOLDS)
    ends(mail, max(order.ends_at for order in file.orders if order.ends_at))
    return mail


def _ordered(order: StoppedOrder) -> str:
    """The first lines in one line, beside those of the other orders."""
    said = [str(line) for line in order.lines[:LINES_OF_EACH]]
    if more := len(order.lines) - len(said):
        text = ngettext(
            "and %(count)s more row: see the portal",
            "and %(count)s more rows: see the portal",
            more,
        )
        said.append(text % {"count": more})
    return "; ".join(said)


def _context(order: StoppedOrder, recipient: Recipient) -> dict[str, Any]:
    answers = order.link_path and recipient.why is Why.ORDERER
    context = {
        "order": order,
        "site": one_line(order.site_name),
        "po": po_label(one_line(order.po_number)),
        "reason": one_line(str(order.reason)),
        "is_orderer": recipient.why is Why.ORDERER,
        "is_named": recipient.why is Why.NAMED,
        "link": mailed_link(order.link_path) if answers else "",
        "last_day": order.link_ends,
        "order_url": mailed_link(order.order_path),
    }
    return context if order.installation else context | {"wishes_url": ""}
