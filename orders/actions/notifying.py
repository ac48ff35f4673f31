"""Mail about an order: its confirmation, or why it is held, rejected or canceled."""

from __future__ import annotations

from collections.abc import Sequence

from companies.former_addresses import present
from companies.time_zones import local_date
from licensing.models import Revision
from licensing.serial_policy import Action
from notifications.actions import confirm, tell_stopped
from notifications.confirmation.facts import ConfirmationFacts
from notifications.contacts import add_orderer
from notifications.models import Contact, wishes_in
from notifications.rules.recipients import Recipient, Why, Wishes
from notifications.stopped import StoppedLine, StoppedOrder
from orders.models import Order, OrderEvent
from orders.quoting.answer_link import LIVES, path_for
from orders.wording import why


def tell_issued(order: Order, revision: Revision, facts: ConfirmationFacts) -> None:
    """Mails the orderer, the addresses on the purchase order, and the site's contacts.

    The contacts were read when the order was locked; a new installation has none yet.
    """
    wishes = wishes_in(getattr(order, "contacts", None))
    confirm(revision, facts, orderer=_orderer(order), named=_named(order), wishes=wishes)
    _make_contact(order, revision, wishes)


def _make_contact(order: Order, revision: Revision, wishes: Sequence[Wishes]) -> None:
    """Makes the orderer a contact of the site, unless the address is a contact already."""
    orderer = order.orderer
    known = {wish.address for wish in wishes if wish.company == order.company_id}
    if orderer.email not in known:
        add_orderer(revision.installation, company=order.company, orderer=orderer, at=revision.at)


def tell_held(order: Order, event: OrderEvent) -> None:
    """Mails the orderer, with a link if a serial number can answer the hold, and the contacts."""
    _tell_stopped(
        order,
        event,
        kind="held",
        link_path=path_for(event) if order.takes_serial else "",
    )


def tell_rejected(order: Order, event: OrderEvent) -> None:
    _tell_stopped(order, event, kind="rejected")


def tell_canceled(order: Order, event: OrderEvent) -> None:
    """Mails also the addresses on the purchase order, who else would wait for a confirmation."""
    _tell_stopped(order, event, kind="canceled", named=_named(order))


def _tell_stopped(
    order: Order,
    event: OrderEvent,
    *,
    kind: str,
    named: Sequence[str] = (),
    link_path: str = "",
) -> None:
    contacts = Contact.objects.heard().filter(installation=order.installation)
    tell_stopped(
        StoppedOrder(
            kind=kind,
            site_name=order.site,
            po_number=order.po_number,
            order_number=order.reference,
            order_path=order.get_absolute_url(),
            reason=why(event.reason, event.held_for),
            lines=[
                StoppedLine(
                    Action(line.action), line.quantity, line.product_id, line.source_id or ""
                )
                for line in order.lines.all()
            ],
            installation=order.installation,
            link_path=link_path,
            link_ends=local_date(event.at + LIVES, order.company.time_zone),
            ends_at=event.at + LIVES if kind == "held" else None,
        ),
        orderer=_orderer(order),
        named=named,
        wishes=contacts.wishes() if order.installation else (),
    )


def _named(order: Order) -> list[str]:
    """The addresses on the purchase order; members who changed theirs get it at the new one."""
    return present(order.notify, company=order.company_id)


def _orderer(order: Order) -> Recipient:
    return Recipient(order.orderer.email, order.orderer.language, Why.ORDERER, order.company_id)
