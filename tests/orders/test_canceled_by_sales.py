"""A cancel by sales is told to who ordered and to who else would wait for a confirmation."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from notifications.contacts import add_contact, choose_wishes
from notifications.links import Subscriber
from notifications.rules.recipients import Topic
from orders import actions
from orders.models import Order
from orders.rules.problems import OrderRefused
from outbox.actions import content_of
from outbox.models import Message
from tests.cast import Cast, current

CHIEF, HEAD, NAMED = "chief@site.example", "head@site.example", "named@site.example"
REASON = "Your buyer called."


def mailed() -> dict[str, str]:
    """The texts of all mails, by recipient."""
    found = {}
    for message in Message.objects.order_by("pk"):
        mail = message_from_bytes(content_of(message), policy=policy.default)
        body = mail.get_body(("plain",))
        assert body
        (to,) = message.recipients
        found[to] = f"{mail['Subject']}\n{body.get_content()}"
    return found


def ordered(cast: Cast) -> Order:
    """For a site with two contacts, of whom one wants to hear of orders that stop."""
    site = cast.site(ISS_Expert=1)
    for email, topic in ((CHIEF, Topic.HOLDS), (HEAD, Topic.CONFIRMATIONS)):
        add_contact(
            installation=site, company=cast.harbor, email=email, name="", language="en",
            topics=[topic], by=cast.owner,
        )  # fmt: skip
    order = cast.order_existing(current(site, "ISS"))
    order.notify = [NAMED]
    order.save()
    Message.objects.all().delete()
    return order


def test_the_orderer_the_named_and_the_contacts_who_want_it_read_why(cast: Cast) -> None:
    order = ordered(cast)
    actions.cancel(order, by=cast.sales, reason=REASON)
    mails = mailed()
    assert mails.keys() == {cast.buyer.email, CHIEF, NAMED}
    for text in mails.values():
        assert text.startswith(f"Order canceled · {order.site} · {order}")
        assert f"Sales canceled the order for {order}. Nothing was issued." in text
        assert REASON in text
    assert "because you ordered" in mails[cast.buyer.email]
    assert "because the purchase order names your address" in mails[NAMED]
    assert "because you are a contact of this site" in mails[CHIEF]


def test_in_the_language_of_each(cast: Cast) -> None:
    cast.buyer.language = "es"
    cast.buyer.save()
    order = cast.order_new("Pier 9")
    actions.cancel(order, by=cast.sales, reason=REASON)
    assert f"Ventas canceló el pedido de la OC {order.po_number}." in mailed()[cast.buyer.email]


@pytest.mark.parametrize("who", ["buyer", "owner"])
def test_a_cancel_by_the_company_itself_is_not_mailed(cast: Cast, who: str) -> None:
    order = ordered(cast)
    actions.cancel(order, by=getattr(cast, who), reason="")
    assert mailed() == {}


def test_twice_is_told_once(cast: Cast) -> None:
    order = ordered(cast)
    actions.cancel(order, by=cast.sales, reason=REASON)
    with pytest.raises(OrderRefused):
        actions.cancel(order, by=cast.sales, reason=REASON)
    assert Message.objects.count() == 3


def test_who_declined_by_the_link_is_not_told_though_named(cast: Cast) -> None:
    order = ordered(cast)
    site = order.installation
    assert site
    choose_wishes(Subscriber(site.reference, cast.harbor.pk, NAMED), topics=[])
    actions.cancel(order, by=cast.sales, reason=REASON)
    assert NAMED not in mailed()
