"""The addresses that accounts had before: mail goes to the one of today.

`User.save` records each change. An old address may belong to a former employer now, so its person's
mail no longer goes there, and the links in earlier mail to it open nothing. A former address counts
only while no account has it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from companies.models import FormerAddress, User
from texts.addresses import stored_form


def present(addresses: Sequence[str], *, company: int) -> list[str]:
    """The addresses, with the one of today for each that a member of the company had before."""
    if not addresses:
        return []
    rows = of_members(company).filter(email__in=map(stored_form, addresses)).order_by("pk")
    today = dict(rows.values_list("email", "user__email"))
    return [today.get(stored_form(address), address) for address in addresses]


def is_former(address: str, *, company: int) -> bool:
    """Whether a member of the company had the address before, and no account has it now."""
    return of_members(company).filter(email=address).exists()


def still_addressed(users: QuerySet[User], *, since: dt.datetime) -> QuerySet[User]:
    """The users whose mail of that time went to the address that they have today."""
    changed = FormerAddress.objects.filter(until__gte=since)
    return users.exclude(pk__in=changed.values("user"))


def of_members(company: int) -> QuerySet[FormerAddress]:
    members = User.objects.filter(is_active=True, memberships__company=company)
    return FormerAddress.objects.counting().filter(user__in=members)
