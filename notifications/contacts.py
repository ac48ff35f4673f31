"""The contacts of an installation, as atomic verbs.

A contact belongs to one of the installation's companies: to its dealer or to the end customer. Each
company manages its own contacts. When a company is no longer one of the two, its contacts get no
mail about the installation; see `ContactQuerySet.told`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.former_addresses import is_former
from companies.models import Company, User
from companies.ordering import orders_for_now
from licensing.models import Installation
from notifications.links import Subscriber
from notifications.models import Contact
from notifications.rules.recipients import Topic

MAX_CONTACTS = 50  # of one company at one installation
ADD = "notifications.add_contact"
CHANGE = "notifications.change_contact"
REMOVE = "notifications.delete_contact"


def check_manage(user: User, company: Company, permission: str) -> None:
    """Allows users who order for the company, and staff with that permission."""
    theirs = orders_for_now(user).filter(pk=company.pk)
    if not (user.may_as_staff(permission) or theirs.exists()):
        raise PermissionDenied(
            "Only buyers and owners manage the contacts of a company, and sales."
        )


@transaction.atomic
def add_contact(
    *,
    installation: Installation,
    company: Company,
    email: str,
    name: str,
    language: str,
    topics: Collection[Topic],
    by: User,
    at: dt.datetime | None = None,
) -> Contact:
    """Raises ValidationError if the address is not valid, is there already, or is one too many."""
    check_manage(by, company, ADD)
    site = _locked(installation)
    check_can_be_added(site, company)
    contact = Contact(installation=site, company=company, email=email, added_by=by)
    if removed := removed_before(contact):
        check_own_choice(removed, topics, by=by)
        contact = removed
        contact.added_by, contact.removed_at, contact.removed_by = by, None, None
    contact.person = User.objects.members_of(company).filter(email=contact.email).first()
    return _save(contact, topics, language=language, name=name, by=by, at=at)


@transaction.atomic
def change_contact(
    contact: Contact,
    *,
    name: str,
    language: str,
    topics: Collection[Topic],
    by: User,
    at: dt.datetime | None = None,
) -> Contact:
    """Raises ValidationError if it adds mail that the contact itself declined."""
    check_manage(by, contact.company, CHANGE)
    _locked(contact.installation)
    contact.refresh_from_db()
    check_own_choice(contact, topics, by=by)
    return _save(contact, topics, language=language, name=name, by=by, at=at)


@transaction.atomic
def remove_contact(contact: Contact, *, by: User, at: dt.datetime | None = None) -> None:
    """Takes it off the list; what the address chose itself is kept. Twice is no error."""
    check_manage(by, contact.company, REMOVE)
    _locked(contact.installation)
    Contact.objects.listed().filter(pk=contact.pk).update(
        removed_at=at or timezone.now(), removed_by=by
    )


def add_orderer(
    installation: Installation, *, company: Company, orderer: User, at: dt.datetime
) -> None:
    """Makes a user who orders for an installation one of its contacts; one statement.

    An existing contact with the address stays as it is: it may have asked for less mail.
    """
    contact = Contact(
        installation=installation,
        company=company,
        person=orderer,
        email=orderer.email,
        name=orderer.full_name,
        language=orderer.language,
        added_by=orderer,
        changed_by=orderer,
        changed_at=at,
        told_since=at,
    )
    Contact.objects.bulk_create([contact], ignore_conflicts=True)


def follow_address(*, user: User, before: str, **_signal: Any) -> None:
    """Sends the mail of a person's contacts to the new address, and none to the old one."""
    theirs = Q(person=user)
    if not User.objects.with_address(before).exists():  # else it is another account's
        companies = Company.objects.of_member(user)
        theirs |= Q(email=before, company__in=companies.values("pk"))
    contacts = Contact.objects.filter(theirs).exclude(email=user.email)
    sites = Installation.objects.filter(pk__in=contacts.values("installation"))
    list(sites.order_by("pk").select_for_update().values_list("pk"))
    twins = {
        (twin.installation_id, twin.company_id): twin
        for twin in Contact.objects.filter(email=user.email, installation__in=sites)
    }
    at = timezone.now()
    for contact in contacts.order_by("pk"):
        place = contact.installation_id, contact.company_id
        _readdress(contact, user, twins.get(place), at=at)
        twins[place] = contact


def _readdress(contact: Contact, user: User, twin: Contact | None, *, at: dt.datetime) -> None:
    """Makes one contact of the two, if the new address is there already."""
    if twin is not None:
        topics = topics_of_both(contact, twin)
        for topic in Topic:
            setattr(contact, topic, topic in topics)
        contact.own_choice = contact.own_choice or twin.own_choice
        if twin.removed_at is None:
            contact.removed_at = contact.removed_by = None
        twin.delete()
    # What was told at the old address is not told again.
    contact.email, contact.person, contact.told_since = user.email, user, at
    contact.save()


def topics_of_both(one: Contact, other: Contact) -> frozenset[Topic]:
    """A choice by the address itself counts most; without one, either list counts."""
    if one.own_choice and other.own_choice:
        return one.wishes.topics & other.wishes.topics
    if one.own_choice or other.own_choice:
        return (one if one.own_choice else other).wishes.topics
    return one.wishes.topics | other.wishes.topics


def check_can_be_added(installation: Installation, company: Company) -> None:
    if not installation.is_of(company):
        raise ValidationError(_("This company is neither the site’s dealer nor its end customer."))
    if installation.contacts.listed().filter(company=company).count() >= MAX_CONTACTS:
        raise ValidationError(_("A site has at most %d contacts. Remove one first.") % MAX_CONTACTS)


def check_own_choice(
    contact: Contact, topics: Collection[Topic], *, by: User | None = None
) -> None:
    """Raises ValidationError if another user would undo what the address declined by its link."""
    is_own = by is not None and by.email == contact.email
    if contact.own_choice and not (is_own or contact.wishes.topics.issuperset(topics)):
        raise ValidationError(
            _("%(email)s chose this by the link in a mail. Only they can choose to get more.")
            % {"email": contact.email}
        )


def contact_of(subscriber: Subscriber) -> Contact | None:
    """The contact that the link is for; not saved yet if the address never chose anything.

    None for an address that its person has no more: it may be a former employer's.
    """
    site = Installation.objects.filter(reference=subscriber.reference).first()
    company = Company.objects.filter(pk=subscriber.company).first()
    if site is None or company is None or is_former(subscriber.address, company=company.pk):
        return None
    known = site.contacts.filter(company=company, email=subscriber.address)
    return known.select_related("installation").first() or Contact(
        installation=site, company=company, email=subscriber.address, expiry=False
    )


@transaction.atomic
def choose_wishes(
    subscriber: Subscriber,
    *,
    topics: Collection[Topic],
    language: str = "",
    at: dt.datetime | None = None,
) -> Contact:
    """Saves the topics that the holder of the address's link chose."""
    _locked(Installation.objects.get(reference=subscriber.reference))
    contact = contact_of(subscriber)
    if contact is None:
        raise Company.DoesNotExist
    contact.own_choice = True
    return _save(contact, topics, language=language, name=contact.name, by=None, at=at)


def _save(
    contact: Contact,
    topics: Collection[Topic],
    *,
    language: str,
    name: str,
    by: User | None,
    at: dt.datetime | None,
) -> Contact:
    contact.changed_by, contact.changed_at = by, at or timezone.now()
    if contact.pk is None or not contact.wishes.topics.issuperset(topics):
        contact.told_since = contact.changed_at  # new topics count from now on
    for topic in Topic:
        setattr(contact, topic, topic in topics)
    contact.name, contact.language = name.strip(), language or contact.language
    # The address is checked only when a person types it: links and existing rows have a fixed one.
    is_typed = contact._state.adding and by is not None
    contact.full_clean(exclude=None if is_typed else {"email"})
    contact.save()
    return contact


def removed_before(contact: Contact) -> Contact | None:
    """The row of the same address, if the company removed it before."""
    rows = Contact.objects.exclude(removed_at=None)
    return rows.filter(
        installation=contact.installation, company=contact.company, email=contact.email
    ).first()


def _locked(installation: Installation) -> Installation:
    return Installation.objects.select_for_update().get(pk=installation.pk)
