"""A person who changed the address of the account is written to at the new one, and only there."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from companies import actions as members
from companies.models import FormerAddress, Invitation, Membership, User
from companies.policies import MembershipRefused
from licensing.models import Installation
from notifications import contacts
from notifications.contacts import add_contact
from notifications.links import Subscriber, unsubscribe_url, wishes_url
from notifications.models import Contact
from notifications.rules.recipients import Topic
from orders import actions
from orders.actions.resending import resend_confirmation
from orders.models import Order
from orders.quoting.answer_link import path_for
from outbox.models import Message
from tests.cast import PASSWORD, Cast, current
from tests.companies.mail import newest_token

OLD, NEW = "buyer@dealer.example", "buyer@new-employer.example"
migration = importlib.import_module("notifications.migrations.0007_contacts_follow_their_person")


def change(user: User, address: str = NEW) -> None:
    user.email = address
    user.save()


def told(order: Order) -> list[str]:
    assert order.revision
    return sorted(each.address for each in order.revision.confirmation.told)


def installation_of(order: Order) -> Installation:
    assert order.installation
    return order.installation


def colleagues_order(cast: Cast, order: Order) -> Order:
    """A colleague orders for the same site."""
    serial = current(installation_of(order), "ISS")
    return cast.issue(cast.order_existing(serial, by=cast.owner, ISS_Expert=1))


def naming(order: Order, *addresses: str) -> Order:
    order.notify = list(addresses)
    order.save()
    return order


def test_who_ordered_is_told_of_a_colleagues_order_at_the_new_address(cast: Cast) -> None:
    mine = cast.issue(cast.order_new())
    change(cast.buyer)
    assert told(colleagues_order(cast, mine)) == sorted([NEW, cast.owner.email])


def test_after_an_own_order_it_is_one_contact_still(cast: Cast) -> None:
    mine = cast.issue(cast.order_new())
    change(cast.buyer)
    cast.issue(cast.order_existing(current(installation_of(mine), "ISS"), ISS_Expert=1))
    assert told(colleagues_order(cast, mine)) == sorted([NEW, cast.owner.email])
    assert Contact.objects.filter(company=cast.harbor, person=cast.buyer).count() == 1


@pytest.mark.parametrize("when", ["before the change", "after it"])
def test_a_purchase_order_that_names_the_old_address_tells_the_new_one(
    cast: Cast, when: str
) -> None:
    if when == "after it":
        change(cast.buyer)
    order = naming(cast.order_new(by=cast.owner), OLD, "chief@site.example")
    if when == "before the change":
        change(cast.buyer)
    assert told(cast.issue(order)) == sorted([NEW, "chief@site.example", cast.owner.email])


def test_of_another_companys_order_the_address_is_left_as_it_was_typed(cast: Cast) -> None:
    change(cast.buyer)
    order = naming(cast.order_new(company=cast.summit, by=cast.outsider), OLD)
    assert told(cast.issue(order)) == sorted([OLD, cast.outsider.email])


def test_an_address_that_an_account_has_again_is_that_accounts(cast: Cast) -> None:
    change(cast.buyer)
    User.objects.create_user(OLD, PASSWORD)
    order = naming(cast.order_new(by=cast.owner), OLD)
    assert told(cast.issue(order)) == sorted([OLD, cast.owner.email])


def test_sent_again_it_goes_to_the_new_address(cast: Cast) -> None:
    order = cast.issue(cast.order_new())
    change(cast.buyer)
    again = resend_confirmation(order, to=[OLD], language="en", by=cast.owner)
    assert again.addresses == [NEW]
    assert Message.objects.latest("pk").recipients == [NEW]


def test_links_in_the_old_mails_open_nothing_and_bring_nothing_back(cast: Cast) -> None:
    site = installation_of(cast.issue(cast.order_new()))
    change(cast.buyer)
    subscriber = Subscriber(site.reference, cast.harbor.pk, OLD)
    link, button = wishes_url(subscriber), unsubscribe_url(subscriber, Topic.CONFIRMATIONS)
    before = list(Contact.objects.values())
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"language": "en", "topics": ["confirmations"]}).status_code == 404
    assert Client().post(button, {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert list(Contact.objects.values()) == before
    new = wishes_url(Subscriber(site.reference, cast.harbor.pk, NEW))
    assert Client().get(new).status_code == 200


def test_the_link_of_a_held_order_ends_with_the_address_that_it_was_mailed_to(cast: Cast) -> None:
    order = cast.order_existing(current(cast.site(ISS_Expert=1), "ISS"))
    actions.hold(order, by=cast.sales, reason="Which site is it?")
    event = order.events.latest("pk")
    assert Client().get(path_for(event)).status_code == 200
    change(cast.buyer)
    assert Client().get(path_for(event)).status_code == 404


def test_an_open_invitation_goes_to_the_person_at_the_new_address(
    cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    invited = members.invite(company=cast.summit, email=OLD, role="viewer", by=cast.outsider)
    old = newest_token()
    change(cast.buyer)
    assert Message.objects.latest("pk").recipients == [NEW]
    with pytest.raises(MembershipRefused):
        members.accept_invitation(token=old, by=cast.buyer)
    with pytest.raises(MembershipRefused):
        members.accept_with_new_account(token=newest_token(), full_name="X", password=PASSWORD)
    members.resend_invitation(invited, by=cast.outsider)
    assert Message.objects.latest("pk").recipients == [NEW]
    assert Invitation.objects.get(pk=invited.pk).email == OLD  # the company is told no other
    members.accept_invitation(token=newest_token(), by=cast.buyer)
    assert Membership.objects.filter(company=cast.summit, user=cast.buyer).exists()


def test_what_either_address_declined_itself_stays_declined(cast: Cast) -> None:
    site = installation_of(cast.issue(cast.order_new()))
    add_contact(
        installation=site, company=cast.harbor, email=NEW, name="", language="en",
        topics=list(Topic), by=cast.owner,
    )  # fmt: skip
    contacts.choose_wishes(Subscriber(site.reference, cast.harbor.pk, OLD), topics=[Topic.EXPIRY])
    change(cast.buyer)
    (contact,) = site.contacts.filter(company=cast.harbor)
    assert (contact.email, contact.own_choice, contact.topics) == (NEW, True, [Topic.EXPIRY])


def test_a_changed_spelling_of_one_mailbox_is_no_change(cast: Cast) -> None:
    change(cast.buyer, OLD.upper())
    assert not FormerAddress.objects.exists()


def test_contacts_from_before_get_the_address_that_their_person_has(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = cast.issue(cast.order_new())
    User.objects.filter(pk=cast.buyer.pk).update(email=NEW)  # as the version before did
    cast.buyer.refresh_from_db()
    cast.issue(cast.order_existing(current(installation_of(mine), "ISS"), ISS_Expert=1))
    for _twice in range(2):
        migration.follow(apps, None)
        (contact,) = Contact.objects.filter(company=cast.harbor)
        assert contact.email == NEW
    said = capsys.readouterr().out
    assert said.count("1 have the address that their person has now") == 1
    assert FormerAddress.objects.get().email == OLD
    assert told(colleagues_order(cast, mine)) == sorted([NEW, cast.owner.email])
