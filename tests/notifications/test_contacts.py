"""Each company chooses who hears of an installation, each address for itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from companies import actions as members
from companies.models import Company
from licensing.actions import correct_installation
from licensing.models import Installation
from notifications import contacts
from notifications.links import Subscriber, unsubscribe_url, wishes_url
from notifications.models import Contact
from notifications.rules.recipients import Topic
from tests.cast import Cast, clerk
from tests.kept_rows import kept
from tests.pages import attributes

BO = "bo@site.example"


@kept
def site(cast: Cast) -> Installation:
    """The orderer is no longer a contact: these tests are about others."""
    site = cast.site(ISS_Expert=4)
    site.contacts.all().delete()
    return site


def add(cast: Cast, site: Installation, email: str = BO, **more: Any) -> Contact:
    values = {"company": cast.harbor, "name": "", "language": "en", "topics": list(Topic)}
    return contacts.add_contact(
        installation=site, email=email, **{**values, "by": cast.buyer, **more}
    )


def told(site: Installation) -> list[str]:
    return [wish.address for wish in site.contacts.told().wishes()]


def subscriber(cast: Cast, site: Installation) -> Subscriber:
    return Subscriber(site.reference, cast.harbor.pk, BO)


def test_a_former_dealers_contacts_hear_no_more(cast: Cast, site: Installation) -> None:
    add(cast, site)
    assert told(site) == [BO]
    correct_installation(
        site, company=cast.summit, end_customer=None, site_name=site.site_name,
        reason="Sold", by=cast.sales, at=timezone.now(),
    )  # fmt: skip
    assert told(site) == []


def test_who_was_a_member_hears_only_as_long_as_they_are_one(
    cast: Cast, site: Installation
) -> None:
    add(cast, site, cast.viewer.email.upper())
    add(cast, site)
    assert told(site) == [cast.viewer.email, BO]
    members.remove_member(cast.viewer.memberships.get(), by=cast.owner)
    assert told(site) == [BO]


def test_a_closed_account_hears_nothing(cast: Cast, site: Installation) -> None:
    add(cast, site, cast.viewer.email)
    cast.viewer.is_active = False
    cast.viewer.save()
    assert told(site) == []


def test_who_may_add(cast: Cast, site: Installation) -> None:
    for by in (cast.viewer, cast.outsider, clerk()):
        with pytest.raises(PermissionDenied):
            add(cast, site, by=by)
    with pytest.raises(ValidationError, match="neither the site’s dealer nor its end customer"):
        add(cast, site, company=cast.summit, by=cast.outsider)
    assert not Contact.objects.exists()


def test_an_address_is_there_once(cast: Cast, site: Installation) -> None:
    add(cast, site)
    with pytest.raises(ValidationError, match="in the list already"):
        add(cast, site, "BO@site.example")


def test_there_is_a_limit(cast: Cast, site: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 1)
    add(cast, site)
    with pytest.raises(ValidationError, match="at most 1"):
        add(cast, site, "cy@site.example")


def test_what_an_address_chose_itself_stands(cast: Cast, site: Installation) -> None:
    contact = add(cast, site)
    contacts.choose_wishes(subscriber(cast, site), topics=[Topic.CONFIRMATIONS], language="es")
    contact.refresh_from_db()
    assert (contact.own_choice, contact.language, contact.changed_by) == (True, "es", None)
    with pytest.raises(ValidationError, match="Only they can choose"):
        contacts.change_contact(contact, name="", language="en", topics=list(Topic), by=cast.buyer)
    contacts.change_contact(contact, name="Bo", language="en", topics=[], by=cast.buyer)
    contact.refresh_from_db()
    assert (contact.name, contact.wishes.topics) == ("Bo", frozenset())


def test_one_press_in_a_mail_program_is_enough(cast: Cast, site: Installation) -> None:
    """It posts from nowhere, with no cookie and no token of ours (RFC 8058)."""
    add(cast, site)
    program = Client(enforce_csrf_checks=True)
    url = unsubscribe_url(subscriber(cast, site), Topic.EXPIRY)
    assert program.get(url).status_code == 302
    assert Topic.EXPIRY in Contact.objects.get().wishes.topics
    assert program.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Contact.objects.get().wishes.topics == {Topic.CONFIRMATIONS, Topic.HOLDS}


def test_the_link_needs_no_contact_and_leaves_a_no(cast: Cast, site: Installation) -> None:
    """An address that a purchase order named, say: a later one that names it changes nothing."""
    page = wishes_url(subscriber(cast, site))
    answer = Client().post(page, {"language": "en"})
    assert "You get no more mail about this site" in answer.content.decode()
    assert Contact.objects.get().wishes.topics == frozenset()


def checked(page: str) -> set[str]:
    """The boxes that are checked, as a browser sends the form unchanged."""
    return set(attributes(page, 'input[type="checkbox"][checked]', "value"))


def test_saved_unchanged_the_link_changes_nothing(cast: Cast, site: Installation) -> None:
    add(cast, site, topics=[Topic.EXPIRY])
    page = wishes_url(subscriber(cast, site))
    shown = checked(Client().get(page).content.decode())
    assert shown == {"expiry"}
    Client().post(page, {"language": "en", "topics": [*shown]})
    assert Contact.objects.get().wishes.topics == {Topic.EXPIRY}


def test_the_link_shows_nothing_but_the_sites_name(cast: Cast, site: Installation) -> None:
    add(cast, site, "cy@site.example")
    page = Client().get(wishes_url(subscriber(cast, site))).content.decode()
    assert site.site_name in page
    for secret in (
        "cy@site.example",
        cast.harbor.name,
        *site.serials.values_list("number", flat=True),
    ):
        assert secret not in page


def test_a_forged_link_opens_nothing(cast: Cast, site: Installation) -> None:
    url = wishes_url(subscriber(cast, site))
    for forged in (url[:-3] + "aa/", url.replace("/mail/", "/mail/x")):
        assert Client().get(forged).status_code == 404
        assert Client().post(forged, {"language": "en"}).status_code == 404
    assert not Contact.objects.exists()


def test_each_company_sees_its_own(cast: Cast, site: Installation) -> None:
    add(cast, site)
    site.end_customer = cast.bayview
    site.save()
    page = f"/installations/{site.reference}/"
    for user, sees in ((cast.viewer, True), (cast.end_customer, False)):
        client = Client()
        client.force_login(user)
        assert (BO in client.get(page).content.decode()) is sees


def test_added_changed_and_removed_on_the_pages(cast: Cast, site: Installation) -> None:
    client = Client()
    client.force_login(cast.buyer)
    page = f"/installations/{site.reference}/contacts/"
    new = {"email": BO, "name": "Bo", "language": "es", "topics": ["confirmations", "expiry"]}
    assert client.post(page, new, follow=True).redirect_chain == [(page, 302)]
    contact = Contact.objects.get()
    assert (contact.added_by, contact.changed_by) == (cast.buyer, cast.buyer)
    assert "in the list already" in client.post(page, new).content.decode()
    shown = client.get(f"{page}{contact.pk}/").content.decode()
    assert checked(shown) == {"confirmations", "expiry"}
    client.post(f"{page}{contact.pk}/", {"name": "Bo B", "language": "en", "topics": ["holds"]})
    contact.refresh_from_db()
    assert (contact.name, contact.language, contact.wishes.topics) == (
        "Bo B",
        "en",
        frozenset({Topic.HOLDS}),
    )
    client.post(f"{page}{contact.pk}/remove/")
    assert not Contact.objects.listed().exists()


def test_a_link_of_a_company_that_is_gone_opens_nothing(cast: Cast, site: Installation) -> None:
    gone = Subscriber(site.reference, Company.objects.latest("pk").pk + 1, BO)
    assert Client().get(wishes_url(gone)).status_code == 404


def remove(cast: Cast, contact: Contact) -> None:
    contacts.remove_contact(contact, by=cast.buyer)


def choose(cast: Cast, site: Installation, *topics: Topic) -> None:
    contacts.choose_wishes(subscriber(cast, site), topics=topics)


def test_what_an_address_declined_outlasts_remove_and_add(cast: Cast, site: Installation) -> None:
    contact = add(cast, site)
    choose(cast, site, Topic.EXPIRY)
    remove(cast, contact)
    assert told(site) == []
    with pytest.raises(ValidationError, match="Only they can choose"):
        add(cast, site)
    assert told(site) == []
    back = add(cast, site, topics=[Topic.EXPIRY])
    assert (told(site), back.topics, back.own_choice) == ([BO], [Topic.EXPIRY], True)


def test_the_person_may_subscribe_again(cast: Cast, site: Installation) -> None:
    contact = add(cast, site, cast.buyer.email)
    mine = Subscriber(site.reference, cast.harbor.pk, cast.buyer.email)
    contacts.choose_wishes(mine, topics=[])
    remove(cast, contact)
    with pytest.raises(ValidationError, match="Only they can choose"):
        add(cast, site, cast.buyer.email, by=cast.owner)
    add(cast, site, cast.buyer.email)
    (back,) = site.contacts.told()
    assert (back.email, back.topics) == (cast.buyer.email, list(Topic))


def test_a_removed_address_that_chose_nothing_may_come_back(cast: Cast, site: Installation) -> None:
    remove(cast, add(cast, site, topics=[]))
    assert told(site) == []
    assert add(cast, site).topics == list(Topic)
    assert told(site) == [BO]


def test_the_link_brings_no_removed_address_back(cast: Cast, site: Installation) -> None:
    contact = add(cast, site)
    remove(cast, contact)
    link = wishes_url(subscriber(cast, site))
    assert "no longer a contact of the site" in Client().get(link).content.decode()
    Client().post(link, {"language": "en", "topics": list(Topic)})
    assert told(site) == []


@pytest.mark.parametrize(("chosen", "reads"), [([], False), ([Topic.CONFIRMATIONS], True)])
def test_of_a_removed_address_only_its_own_no_counts_where_an_order_names_it(
    cast: Cast, site: Installation, chosen: list[Topic], reads: bool
) -> None:
    contact = add(cast, site)
    choose(cast, site, *chosen)
    remove(cast, contact)
    serial = site.serials.get(is_current=True).number
    order = cast.order_existing(serial)
    order.notify = [BO]
    order.save()
    issued = cast.issue(order)
    assert issued.revision
    addresses = {each.address for each in issued.revision.confirmation.told}
    assert (BO in addresses) is reads
    unnamed = cast.issue(cast.order_existing(serial))
    assert unnamed.revision
    assert BO not in {each.address for each in unnamed.revision.confirmation.told}


def test_at_the_desk_it_comes_back_but_for_what_it_declined(cast: Cast, site: Installation) -> None:
    contact = add(cast, site)
    choose(cast, site, Topic.EXPIRY)
    desk = Client()
    desk.force_login(cast.sales)
    change = f"/admin/notifications/contact/{contact.pk}/"
    desk.post(f"{change}delete/", {"post": "yes"})
    assert told(site) == []
    assert desk.get(f"{change}change/").status_code == 302  # it is listed no more
    new = {
        "installation": site.pk, "company": cast.harbor.pk, "email": BO, "name": "",
        "language": "en", "expiry": "on",
    }  # fmt: skip
    page = "/admin/notifications/contact/add/"
    refused = desk.post(page, {**new, "confirmations": "on"})
    assert "Only they can choose" in refused.content.decode()
    assert desk.post(page, new).status_code == 302
    assert told(site) == [BO]
