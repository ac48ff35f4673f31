"""The users who order for a company: its buyers and owners, while they may log in and it is active.

The rule has two forms, beside each other here. Pages use the data read with the user. Verbs ask the
database, because a role may have been lost a moment ago. No other module reads roles for it: see
`orders.permissions` and `licensing.permissions`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from companies.models import Company, Membership, Role, User

ORDERING_ROLES = (Role.BUYER, Role.OWNER)


def orders_for(user: User) -> list[Company]:
    """For pages: by the companies' names, without a statement."""
    return [
        membership.company
        for membership in user.own_memberships
        if user.is_active and membership.company.active and membership.role in ORDERING_ROLES
    ]


def orders_for_now(user: User) -> QuerySet[Company]:
    """For verbs, and for what a form takes."""
    memberships = Membership.objects.filter(
        user=user, user__is_active=True, role__in=ORDERING_ROLES
    )
    return Company.objects.filter(active=True, pk__in=memberships.values("company"))


def orderers_of(companies: Iterable[Company]) -> QuerySet[Membership]:
    """The members who order for these companies, by name, for the eyes of other members."""
    ordering = Membership.objects.filter(
        company__in=companies, company__active=True, role__in=ORDERING_ROLES, user__is_active=True
    )
    return ordering.select_related("user").order_by("user__full_name", "user__email")
