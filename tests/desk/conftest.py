"""The vendor's staff, each in a role."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from companies.models import User
from portal.desk.roles import ROLES, load_roles
from tests.cast import PASSWORD, Cast

Enter = Callable[[User], Client]


@pytest.fixture
def roles(cast: Cast) -> dict[str, User]:
    """A staff member of each role, by its name."""
    _permissions_of_other_branches()
    load_roles()
    return {role.name: staff(role.name) for role in ROLES}


def _permissions_of_other_branches() -> None:
    """Makes what Meta.permissions of Order and Message will declare; harmless once they do."""
    for role in ROLES:
        for code in role.may:
            app, codename = code.split(".")
            model = codename.partition("_")[2]
            content_type = ContentType.objects.get(app_label=app, model=model)
            Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": codename}
            )


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
