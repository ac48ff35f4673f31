"""Roles as groups: what each may see and do at the desk, page by page."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client

from companies.models import User
from licensing.models import Product, UpgradePath
from portal.desk import roles as table
from portal.desk.roles import ROLES, StaffRole, grants
from tests.cast import Cast
from tests.desk.staffed import Enter

SALES, MANAGER, AUDITOR, ADMINISTRATOR = (role.name for role in ROLES)
EVERYBODY = {SALES, MANAGER, AUDITOR, ADMINISTRATOR}
KEEPERS = {MANAGER, ADMINISTRATOR}

# page -> who may open it
PAGES = {
    "": EVERYBODY,
    "orders/order/": EVERYBODY,
    "companies/company/": EVERYBODY,
    "companies/company/{company}/change/": EVERYBODY,
    "companies/company/{company}/history/": EVERYBODY,
    "companies/company/add/": KEEPERS,
    "companies/company/{company}/delete/": set(),
    "companies/membership/": EVERYBODY,
    "companies/membership/add/": set(),
    "companies/membershipevent/": EVERYBODY,
    "companies/membershipevent/add/": set(),
    "companies/user/": EVERYBODY,
    "companies/user/{buyer}/change/": EVERYBODY,
    "companies/user/add/": {ADMINISTRATOR},
    "companies/user/{buyer}/delete/": set(),
    "licensing/family/": EVERYBODY,
    "licensing/family/add/": KEEPERS,
    "licensing/family/ISS/delete/": set(),
    "licensing/product/": EVERYBODY,
    "licensing/product/ISS-Expert/change/": EVERYBODY,
    "licensing/product/add/": KEEPERS,
    "licensing/product/ISS-Expert/delete/": set(),
    "licensing/upgradepath/": EVERYBODY,
    "licensing/upgradepath/{path}/change/": EVERYBODY,
    "licensing/upgradepath/add/": KEEPERS,
    "licensing/upgradepath/{path}/delete/": set(),
    "auth/group/": {AUDITOR, ADMINISTRATOR},
    "auth/group/add/": {ADMINISTRATOR},
    "auth/group/{group}/delete/": set(),
    "admin/logentry/": {AUDITOR, ADMINISTRATOR},
    "admin/logentry/add/": set(),
    "account/emailaddress/": set(),
    "mfa/authenticator/": set(),
    "usersessions/usersession/": set(),
}
NO_MEMBERS = {
    f"{rows}-{count}_FORMS": "0"
    for rows in ("memberships", "invitations")
    for count in ("TOTAL", "INITIAL")
}
# what is posted where -> who changes something by it
CHANGES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "company": (
        "companies/company/{company}/change/",
        {
            "name": "Renamed",
            "time_zone": "America/Chicago",
            **NO_MEMBERS,
        },
        KEEPERS,
    ),
    "product": (
        "licensing/product/ISS-Expert/change/",
        {"description": "Renamed", "unit": "device", "kit_quantity": "1", "position": "1"},
        KEEPERS,
    ),
    "upgrade path": ("licensing/upgradepath/{path}/change/", {"active": "on"}, KEEPERS),
    "user": (
        "companies/user/{buyer}/change/",
        {"email": "x@x.example", **NO_MEMBERS},
        {ADMINISTRATOR},
    ),
}


def address(path: str, cast: Cast) -> str:
    group = Group.objects.get(name=SALES).pk
    keys = {"company": cast.summit.pk, "buyer": cast.buyer.pk, "group": group}
    return "/admin/" + path.format(**keys, path=UpgradePath.objects.latest("pk").pk)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.usefixtures("roles")
def test_who_opens_a_page(cast: Cast, roles: dict[str, User], enter: Enter, path: str) -> None:
    opened = {
        name
        for name, user in roles.items()
        if enter(user).get(address(path, cast)).status_code == 200
    }
    assert opened == PAGES[path]


@pytest.mark.parametrize("what", CHANGES)
def test_who_changes_a_thing(cast: Cast, roles: dict[str, User], enter: Enter, what: str) -> None:
    cast.summit.memberships.all().delete()
    path, data, allowed = CHANGES[what]
    changed = set()
    for name, user in roles.items():
        response = enter(user).post(address(path, cast), data)
        if response.status_code == 302:
            changed.add(name)
        else:
            assert response.status_code == 403, (name, response.content.decode())
    assert changed == allowed


def test_the_auditor_sees_every_room_of_the_desk(roles: dict[str, User], enter: Enter) -> None:
    client = enter(roles[AUDITOR])
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(path).status_code == 200, path


def test_the_auditor_may_only_look(roles: dict[str, User]) -> None:
    granted = roles[AUDITOR].get_all_permissions()
    assert granted
    assert all(code.partition(".")[2].startswith("view_") for code in granted)


def test_each_role_may_what_the_table_says(roles: dict[str, User]) -> None:
    for role in ROLES:
        granted = roles[role.name].get_all_permissions()
        assert set(role.may) <= granted
        assert granted == {code for code in all_codes() if grants(role, code)}


def test_a_manager_may_all_that_sales_may_and_an_administrator_all(roles: dict[str, User]) -> None:
    sales, manager, auditor, administrator = (
        roles[role.name].get_all_permissions() for role in ROLES
    )
    assert sales < manager < administrator
    assert auditor < administrator


def all_codes() -> set[str]:
    return {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }


@pytest.mark.usefixtures("roles")
def test_loading_again_restores_the_table_and_keeps_the_members() -> None:
    group = Group.objects.get(name=SALES)
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    call_command("load_roles", verbosity=0)
    assert {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()} == {
        code for code in all_codes() if grants(ROLES[0], code)
    }
    assert group.user_set.count() == 1
    assert Group.objects.count() == len(ROLES)


@pytest.mark.usefixtures("roles")
def test_a_permission_that_does_not_exist_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    misspelled = StaffRole("Sales", (), ("orders.isue_order",))
    monkeypatch.setattr(table, "ROLES", (misspelled,))
    before = set(Group.objects.get(name=SALES).permissions.all())
    with pytest.raises(CommandError, match=r"No such permissions: orders\.isue_order"):
        call_command("load_roles", verbosity=0)
    assert set(Group.objects.get(name=SALES).permissions.all()) == before


def test_a_product_that_was_ordered_cannot_be_deleted_by_anybody(
    cast: Cast, admin_client: Client
) -> None:
    cast.site(ISS_Expert=4)
    path = "/admin/licensing/product/ISS-Expert/delete/"
    assert "would require deleting" in admin_client.get(path).content.decode()
    admin_client.post(path, {"post": "yes"})
    assert Product.objects.filter(pk="ISS-Expert").exists()


def test_companies_are_closed_and_not_deleted(cast: Cast, admin_client: Client) -> None:
    path = f"/admin/companies/company/{cast.bayview.pk}/delete/"
    assert admin_client.post(path, {"post": "yes"}).status_code == 403
