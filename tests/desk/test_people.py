"""Users and groups at the desk: no user raises rights beyond their own."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from companies.models import AddressCollision, User
from tests.accounts.log_in import try_password
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast, clerk
from tests.desk.staffed import Enter
from tests.pages import linked

USERS = "/admin/companies/user/"
READ_ONLY_MEMBERS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def administrator(roles: dict[str, User]) -> User:
    return roles["Administrator"]


@pytest.fixture
def desk(administrator: User, enter: Enter) -> Client:
    return enter(administrator)


def page(user: User) -> str:
    return f"{USERS}{user.pk}/change/"


def save(client: Client, user: User, **fields: Any) -> Any:
    """Posts the form of a user's page; a checkbox that is not named is clear."""
    return client.post(page(user), {"email": user.email, **READ_ONLY_MEMBERS, **fields})


def group(name: str) -> int:
    return Group.objects.get(name=name).pk


def rights(user: User) -> tuple[bool, bool, bool, set[str]]:
    user.refresh_from_db()
    names = set(user.groups.values_list("name", flat=True))
    return user.is_active, user.is_staff, user.is_superuser, names


# People -------------------------------------------------------------------------------


def test_a_new_user_sets_the_password_by_a_mailed_link(desk: Client) -> None:
    response = desk.post(
        f"{USERS}add/", {"email": "Zoe@Vendor.example", "is_active": "on", "is_staff": "on"}
    )
    assert response.status_code == 302
    user = User.objects.get(email="zoe@vendor.example")
    assert not user.has_usable_password()
    stranger = Client()
    form = stranger.get(link_in(mails_to(user.email)[0]), follow=True)
    path = form.redirect_chain[-1][0]
    stranger.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_address_exists_once_without_regard_to_case(desk: Client, cast: Cast) -> None:
    response = desk.post(f"{USERS}add/", {"email": cast.buyer.email.upper(), "is_active": "on"})
    assert "A user with this email address exists already." in response.content.decode()
    assert mail.outbox == []


def test_nobody_types_a_password_for_others(desk: Client, cast: Cast) -> None:
    assert "password" not in desk.get(page(cast.buyer)).content.decode().lower()
    before = cast.buyer.password
    assert save(desk, cast.buyer, password="x", is_active="on").status_code == 302
    cast.buyer.refresh_from_db()
    assert cast.buyer.password == before


def test_an_account_is_closed_and_not_deleted(desk: Client, cast: Cast) -> None:
    customer = Client()
    customer.force_login(cast.buyer)
    save(desk, cast.buyer)
    assert rights(cast.buyer) == (False, False, False, set())
    assert customer.get("/installations/").status_code == 302
    assert LogEntry.objects.get().get_change_message() == "Changed Active."
    assert "delete_selected" not in desk.get(USERS).content.decode()


# Two accounts with one address ---------------------------------------------------------


def closed_for(other: User) -> User:
    """An account of before, as the migration leaves it."""
    later = User.objects.create(email=other.email, same_address_as=other, is_active=False)
    written = "Buyer@DEALER.example"
    AddressCollision.objects.create(user=later, other=other, written=written, was_active=True)
    return later


def test_an_account_whose_address_is_another_s_is_shown_and_found(desk: Client, cast: Cast) -> None:
    later = closed_for(cast.buyer)
    content = desk.get(page(later)).content.decode()
    assert "Address collides with" in content
    assert (page(cast.buyer), str(cast.buyer)) in linked(content)
    assert "Its address was written Buyer@DEALER.example." in content
    assert "Give this account another address and make it active" in content
    assert "collides with" not in desk.get(page(cast.buyer)).content.decode()
    found = desk.get(USERS, {"address": "same"}).content.decode()
    assert page(later) in found
    assert page(cast.buyer) not in found


def test_it_opens_with_an_address_of_its_own_only(desk: Client, cast: Cast) -> None:
    later = closed_for(cast.buyer)
    told = save(desk, later, is_active="on").content.decode()
    assert "Another account has the same address. Give this one another address first." in told
    told = save(desk, later, email=cast.viewer.email.upper(), is_active="on").content.decode()
    assert "A user with this email address exists already." in told
    assert save(desk, later).status_code == 302  # closed it may stay
    assert save(desk, later, email="second@dealer.example", is_active="on").status_code == 302
    later.refresh_from_db()
    assert (later.is_active, later.same_address_as) == (True, None)
    assert "Its address was written Buyer@DEALER.example." in desk.get(page(later)).content.decode()
    assert try_password(Client(), cast.buyer.email, PASSWORD).status_code == 302


def test_it_opens_when_the_other_has_got_another_address(desk: Client, cast: Cast) -> None:
    later = closed_for(cast.buyer)
    cast.buyer.email = "moved@dealer.example"
    cast.buyer.save()
    assert save(desk, later, is_active="on").status_code == 302
    assert User.objects.with_address("buyer@dealer.example").get() == later


def test_no_other_way_opens_it(cast: Cast) -> None:
    later = closed_for(cast.buyer)
    later.is_active = True
    with pytest.raises(IntegrityError), transaction.atomic():
        later.save()
    with pytest.raises(ValidationError):
        later.full_clean(exclude=["password"])
    later.is_active = False
    later.save()
    assert not EmailAddress.objects.filter(user=later).exists()
    assert EmailAddress.objects.get(user=cast.buyer).verified


# Verbs of the list ------------------------------------------------------------------------


def act(client: Client, action: str, *users: User) -> str:
    data = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post(USERS, data, follow=True).content.decode()


def test_a_link_to_set_a_password_can_be_mailed(desk: Client, cast: Cast) -> None:
    assert "1 link is mailed." in act(desk, "send_password_link", cast.buyer)
    assert "/account/password/reset/key/" in mails_to(cast.buyer.email)[0]


def test_two_step_verification_can_be_reset(desk: Client, cast: Cast) -> None:
    Authenticator.objects.create(user=cast.buyer, type="totp", data={"secret": "x"})
    assert "1 account starts anew." in act(desk, "reset_two_step", cast.buyer)
    assert not Authenticator.objects.exists()
    assert LogEntry.objects.get().get_change_message() == "Reset two-step verification."


# Rights -------------------------------------------------------------------------------


def test_an_administrator_gives_roles(desk: Client, cast: Cast) -> None:
    roles = [group("Sales manager"), group("Auditor")]
    save(desk, cast.sales, is_active="on", is_staff="on", groups=roles)
    assert rights(cast.sales) == (True, True, False, {"Sales manager", "Auditor"})


def test_nobody_changes_their_own_rights(
    desk: Client, administrator: User, admin_client: Client, admin_user: User
) -> None:
    for client, user in ((desk, administrator), (admin_client, admin_user)):
        before = rights(user)
        response = save(client, user, full_name="Ada", is_superuser="on", groups=[group("Sales")])
        assert response.status_code == 302
        assert rights(user) == before
        assert user.full_name == "Ada"


def test_only_a_superuser_makes_superusers(desk: Client, cast: Cast, admin_client: Client) -> None:
    data = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
    save(desk, cast.sales, **data)
    assert rights(cast.sales)[2] is False
    save(admin_client, cast.sales, **data)
    assert rights(cast.sales)[2] is True


def test_who_has_more_rights_is_out_of_reach(desk: Client, admin_user: User, cast: Cast) -> None:
    """Else one would change their address, have a link mailed there, and be them."""
    extra = User.objects.create_user("extra@vendor.example", PASSWORD, is_active=False)
    extra.user_permissions.add(Permission.objects.get(codename="delete_user"))
    for user in (admin_user, extra):
        assert save(desk, user, email="mine@vendor.example", is_active="on").status_code == 403
        for action in ("send_password_link", "reset_two_step"):
            assert "has rights that you don’t have" in act(desk, action, user)
    assert mail.outbox == []


def test_a_group_with_more_rights_is_not_theirs_to_give(desk: Client, cast: Cast) -> None:
    powerful = Group.objects.create(name="Powerful")
    powerful.permissions.add(Permission.objects.get(codename="delete_user"))
    staff = clerk()
    assert "Powerful" not in desk.get(page(staff)).content.decode()
    response = save(desk, staff, is_active="on", groups=[powerful.pk])
    assert "not one of the available choices" in response.content.decode()
    assert rights(staff)[3] == set()


def test_a_role_with_change_user_alone_gives_nothing_it_has_not(
    roles: dict[str, User], enter: Enter, cast: Cast
) -> None:
    helper = roles["Sales"]
    helper.user_permissions.add(Permission.objects.get(codename="change_user"))
    client = enter(helper)
    shown = client.get(page(clerk())).content.decode()
    assert "Sales manager" not in shown
    assert client.post(page(roles["Auditor"]), {"email": "x@vendor.example"}).status_code == 403


def post_group(client: Client, path: str, name: str, *codenames: str) -> Any:
    permissions = Permission.objects.filter(codename__in=codenames)
    data = {"name": name, "permissions": [permission.pk for permission in permissions]}
    return client.post(f"/admin/auth/group/{path}", data)


def test_a_new_group_holds_only_what_its_maker_may(desk: Client) -> None:
    refused = post_group(desk, "add/", "Powerful", "delete_user")
    assert "not one of the available choices" in refused.content.decode()
    assert post_group(desk, "add/", "Watchers", "view_order").status_code == 302
    made = Group.objects.get(name="Watchers")
    assert post_group(desk, f"{made.pk}/change/", "Lookers", "view_order").status_code == 302


def test_the_group_of_a_role_or_of_oneself_stays(desk: Client, administrator: User) -> None:
    own = Group.objects.create(name="Own")
    administrator.groups.add(own)
    for pk in (group("Sales"), group("Administrator"), own.pk):
        assert post_group(desk, f"{pk}/change/", "X", "view_order").status_code == 403


def test_staff_set_the_language_of_a_user(desk: Client, cast: Cast) -> None:
    assert save(desk, cast.buyer, language="es", is_active="on").status_code == 302
    cast.buyer.refresh_from_db()
    assert cast.buyer.language == "es"
    save(desk, cast.buyer, is_active="on")
    cast.buyer.refresh_from_db()
    assert cast.buyer.language == "es"
