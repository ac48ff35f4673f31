"""The contacts of an installation, as atomic verbs.

A contact belongs to one of the installation's companies: to its dealer or to the end customer. Each
company manages its own contacts. When a company is no longer one of the two, its contacts get no
mail about the installation; see `ContactQuerySet.told`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

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
    """Whoever orders for the company manages its contacts, and staff with that permission."""
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
    check_own_choice(contact, topics)
    return _save(contact, topics, language=language, name=name, by=by, at=at)


@transaction.atomic
def remove_contact(contact: Contact, *, by: User) -> None:
    check_manage(by, contact.company, REMOVE)
    contact.delete()


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


def check_can_be_added(installation: Installation, company: Company) -> None:
    if not installation.is_of(company):
        raise ValidationError(_("This company is neither the site’s dealer nor its end customer."))
    if installation.contacts.filter(company=company).count() >= MAX_CONTACTS:
        raise ValidationError(_("A site has at most %d contacts. Remove one first.") % MAX_CONTACTS)


def check_own_choice(contact: Contact, topics: Collection[Topic]) -> None:
    if contact.own_choice and not contact.wishes.topics.issuperset(topics):
        raise ValidationError(
            _("%(email)s chose this by the link in a mail. Only they can choose to get more.")
            % {"email": contact.email}
        )


def contact_of(subscriber: Subscriber) -> Contact | None:
    """The contact that the link is for; not saved yet if the address never chose anything."""
    site = Installation.objects.filter(reference=subscriber.reference).first()
    company = Company.objects.filter(pk=subscriber.company).first()
    if site is None or company is None:
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


def _locked(installation: Installation) -> Installation:
    return Installation.objects.select_for_update().get(pk=installation.pk)
