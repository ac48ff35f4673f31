"""The vendor's staff: each in a role, or with exactly the permissions that a test is about."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from companies.models import User
from portal.desk.roles import ROLES, load_roles
from tests.cast import PASSWORD, Cast

Enter = Callable[[User], Client]
At = Callable[..., Client]


@pytest.fixture
def roles(cast: Cast) -> dict[str, User]:
    """A staff member of each role, by its name."""
    load_roles()
    return {role.name: staff(role.name) for role in ROLES}


def staff(role: str) -> User:
    email = f"{role.lower().replace(' ', '.')}@staff.example"
    user = User.objects.create_user(email, PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def enter() -> Enter:
    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def at_desk(cast: Cast) -> At:
    """`at_desk("orders.view_order", "orders.issue_order")`: logged in as cast.sales."""

    def at_desk(*permissions: str) -> Client:
        chosen = [
            Permission.objects.get(content_type__app_label=app, codename=codename)
            for app, codename in (permission.split(".") for permission in permissions)
        ]
        cast.sales.user_permissions.set(chosen)
        client = Client()
        client.force_login(cast.sales)
        return client

    return at_desk
