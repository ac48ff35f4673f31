"""The rights to installations: verbs ask `check_…`, pages ask `can_…`.

Members look after the installations of their companies; sales look after all, by permission.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from companies.models import Company, User
from companies.ordering import orders_for, orders_for_now
from licensing.models import Installation

IMPORT = "licensing.add_installation"
CORRECT = "licensing.change_installation"
SAY_ENTERED = "licensing.add_serialentered"
SEE = "licensing.view_installation"


def can_see_all(user: User) -> bool:
    """Whether the user may see the installations of all companies. Members use `visible_to`."""
    return user.may_as_staff(SEE)


def can_see(user: User | AnonymousUser, installation: Installation) -> bool:
    """Whether the user may see the installation today: the answer of `visible_to`, and of sales."""
    if not isinstance(user, User):
        return False
    companies = installation.company_ids
    is_theirs = any(each.company_id in companies for each in user.own_memberships)
    return is_theirs or can_see_all(user)


def check_import(user: User) -> None:
    if not user.may_as_staff(IMPORT):
        raise PermissionDenied("Only sales managers bring installations in.")


def check_correct(user: User) -> None:
    if not user.may_as_staff(CORRECT):
        raise PermissionDenied("Only sales managers correct installations.")


def company_of(user: User, installation: Installation) -> Company | None:
    """The one of the installation's companies that the user orders for, the first by name."""
    theirs = (company for company in orders_for(user) if installation.is_of(company))
    return next(theirs, None)


def can_maintain(user: User, installation: Installation, permission: str) -> bool:
    """Whether the user orders for one of its companies, or is staff with that permission."""
    return company_of(user, installation) is not None or user.may_as_staff(permission)


def check_maintain(user: User, installation: Installation, permission: str) -> None:
    """The check of verbs: it reads the member's role anew."""
    companies = orders_for_now(user).filter(pk__in=installation.company_ids)
    if not (companies.exists() or user.may_as_staff(permission)):
        raise PermissionDenied("Only buyers and owners of its companies do this, and sales.")
