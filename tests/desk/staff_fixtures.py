"""The vendor's staff: each in a role, or with exactly the permissions that a test is about."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from companies.models import User
from portal.desk.roles import ROLES, load_roles
from tests.cast import Cast
from tests.desk.staffed import At, Enter, Staffed, staff
from tests.kept_rows import kept
from tests.world import World


@kept
def roles(cast: Cast) -> dict[str, User]:
    """A staff member of each role, by its name."""
    load_roles()
    return {role.name: staff(role.name) for role in ROLES}


@kept
def manned(built: World) -> Staffed:
    """The people and rows that `staffed` hands out."""
    return Staffed(built)


@pytest.fixture
def staffed(manned: Staffed, world: World) -> Staffed:
    """At the world's hour."""
    return manned


@pytest.fixture
def enter() -> Enter:
    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def at_desk(cast: Cast) -> At:
    """`at_desk("orders.view_order", "orders.issue_order")`: logged in as cast.sales, in no role.

    The object `cast.sales` still may what it was read with.
    """

    def at_desk(*permissions: str) -> Client:
        chosen = [
            Permission.objects.get(content_type__app_label=app, codename=codename)
            for app, codename in (permission.split(".") for permission in permissions)
        ]
        cast.sales.groups.clear()
        cast.sales.user_permissions.set(chosen)
        client = Client()
        client.force_login(cast.sales)
        return client

    return at_desk
