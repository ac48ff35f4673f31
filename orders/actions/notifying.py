"""Mail about an order: its confirmation, or why it is held, rejected or canceled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from companies.former_addresses import present
from companies.time_zones import local_date
from licensing.models import Revision
from licensing.serial_policy import Action
from notifications.actions import (
    confirm,
    tell_held_file,
    tell_more_of_held_file,
    tell_stopped,
)
from notifications.confirmation.facts import ConfirmationFacts
from notifications.contacts import add_orderer
from notifications.models import Contact, wishes_in
from notifications.rules.recipients import Recipient, Why, Wishes
from notifications.stopped import HeldFile, StoppedLine, StoppedOrder
from orders.models import Order, OrderEvent
from orders.models.bulk import BulkUpload
from orders.quoting.answer_link import LIVES, path_for
from orders.rules.moves import State
from orders.wording import why
from outbox.actions import hurry

TOGETHER = 40  # held orders in one mail
WAITS = dt.timedelta(minutes=10)  # that a mail about a file waits for more of them


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
    _tell_stopped(order, event, kind="held")


def tell_rejected(order: Order, event: OrderEvent) -> None:
    _tell_stopped(order, event, kind="rejected")


def tell_canceled(order: Order, event: OrderEvent) -> None:
    """Mails also the addresses on the purchase order, who else would wait for a confirmation."""
    _tell_stopped(order, event, kind="canceled", named=_named(order))


def _tell_stopped(order: Order, event: OrderEvent, *, kind: str, named: Sequence[str] = ()) -> None:
    contacts = Contact.objects.heard().filter(installation=order.installation)
    tell_stopped(
        _stopped(order, event, kind=kind),
        orderer=_orderer(order),
        named=named,
        wishes=contacts.wishes() if order.installation else (),
    )


def tell_held_of_file(upload: BulkUpload, order: Order, event: OrderEvent) -> None:
    """Tells of the held orders of a file in one mail, which waits for more of them.

    Each order writes it anew in the transaction that holds it, so none is held untold. The mail
    leaves once the file is placed (`hurry`), or after WAITS if no step goes on with it. Further
    orders than TOGETHER, and those held after it left, get a mail of their own.
    """
    locked = BulkUpload.objects.select_for_update(of=("self",)).select_related("held_mail")
    upload = locked.get(pk=upload.pk)
    told, until = [*(upload.held_told or []), event.pk], event.at + WAITS
    earlier = upload.held_mail
    if not (
        earlier is not None
        and len(told) <= TOGETHER
        and tell_more_of_held_file(
            earlier, _held_file(upload, told), orderer=_orderer(order), until=until
        )
    ):
        if earlier is not None:
            hurry(earlier, event.at)
        told = [event.pk]
        file = _held_file(upload, told)
        upload.held_mail = tell_held_file(file, orderer=_orderer(order), until=until)
    upload.held_told = told
    upload.save(update_fields=["held_mail", "held_told"])


def _held_file(upload: BulkUpload, told: Sequence[int]) -> HeldFile:
    events = OrderEvent.objects.filter(pk__in=told, order__state=State.HELD).order_by("pk")
    related = events.select_related("order__company", "order__installation")
    related = related.prefetch_related("order__lines")
    return HeldFile(
        name=upload.file_name,
        path="" if upload.ordered_for_id else upload.get_absolute_url(),
        orders=tuple(_stopped(event.order, event, kind="held") for event in related),
    )


def _stopped(order: Order, event: OrderEvent, *, kind: str) -> StoppedOrder:
    answers = kind == "held" and order.takes_serial
    return StoppedOrder(
        kind=kind,
        site_name=order.site,
        po_number=order.po_number,
        order_number=order.reference,
        order_path=order.get_absolute_url(),
        reason=why(event.reason, event.held_for),
        installation=order.installation,
        link_path=path_for(event) if answers else "",
        link_ends=local_date(event.at + LIVES, order.company.time_zone),
        ends_at=event.at + LIVES if kind == "held" else None,
        lines=[
            StoppedLine(Action(line.action), line.quantity, line.product_id, line.source_id or "")
            for line in order.lines.all()
        ],
    )


def _named(order: Order) -> list[str]:
    """The addresses on the purchase order; members who changed theirs get it at the new one."""
    return present(order.notify, company=order.company_id)


def _orderer(order: Order) -> Recipient:
    return Recipient(order.orderer.email, order.orderer.language, Why.ORDERER, order.company_id)
