"""The callers who try the verbs of the desk: its staff, customers, and strangers."""

from __future__ import annotations

from companies.models import Role, User
from tests.cast import member, person
from tests.desk.staffed import STAFF, Staffed

CUSTOMERS = ("stranger", "viewer", "buyer", "owner", "other", "end_customer", "closed_buyer")


def role(staffed: Staffed, name: str) -> User:
    cast = staffed.world.cast
    if name in STAFF:
        user = staffed.users[name]
    elif name == "stranger":
        user = person("stranger@nowhere.example")
    elif name == "other":
        user = cast.outsider
    elif name == "end_customer":
        user = member("boss@bayview.example", cast.bayview, Role.OWNER)
    elif name == "closed_buyer":
        user = member("gone@dealer.example", cast.harbor, Role.BUYER)
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif name == "closed_admin":
        user = person("gone@vendor.example", is_staff=True, is_superuser=True, is_active=False)
    else:
        user = getattr(cast, name)
    return User.objects.get(pk=user.pk)
