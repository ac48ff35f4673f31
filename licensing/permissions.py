"""The rights to installations: verbs ask `check_…`, pages ask `can_…`.

Members look after the installations of their companies; sales look after all, by permission.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from companies.models import Company, User
from licensing.models import Installation

IMPORT = "licensing.add_installation"
CORRECT = "licensing.change_installation"
SAY_ENTERED = "licensing.add_serialentered"
SEE = "licensing.view_installation"


def can_see_all(user: User) -> bool:
    """Whether the user may see the installations of all companies. Members use `visible_to`."""
    return user.may_as_staff(SEE)


def check_import(user: User) -> None:
    if not user.may_as_staff(IMPORT):
        raise PermissionDenied("Only sales managers bring installations in.")


def check_correct(user: User) -> None:
    if not user.may_as_staff(CORRECT):
        raise PermissionDenied("Only sales managers correct installations.")


def can_maintain(user: User, installation: Installation, permission: str) -> bool:
    """Whether the user orders for one of its companies, or is staff with that permission."""
    return installation.is_ordered_for_by(user) or user.may_as_staff(permission)


def check_maintain(user: User, installation: Installation, permission: str) -> None:
    """The check of verbs: it reads the member's role anew."""
    companies = Company.objects.order_for(user).filter(pk__in=installation.company_ids)
    if not (companies.exists() or user.may_as_staff(permission)):
        raise PermissionDenied("Only buyers and owners of its companies do this, and sales.")
