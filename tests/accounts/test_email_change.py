"""A new address replaces the old one once it is confirmed, and no user is locked out."""

from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from companies import actions
from companies.models import User
from tests.accounts.log_in import LogIn, reauthenticate, try_password
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast

OLD, NEW = "viewer@dealer.example", "anna@dealer.example"
PAGE = "/account/email/"


@pytest.fixture
def viewer(cast: Cast, log_in: LogIn) -> Client:
    client = log_in(cast.viewer)
    reauthenticate(client)
    return client


def ask_for(client: Client, email: str) -> str:
    return client.post(PAGE, {"email": email, "action_add": ""}, follow=True).content.decode()


def confirm(client: Client, email: str) -> None:
    link = link_in(mails_to(email)[-1])
    assert client.get(link).status_code == 200
    client.post(link)


def may_log_in(email: str) -> bool:
    response = try_password(Client(), email, PASSWORD)
    return bool(response.status_code == 302)


def test_the_change_needs_the_password_again(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.viewer)
    response = client.post(PAGE, {"email": NEW, "action_add": ""})
    assert response["Location"].startswith("/account/reauthenticate/")
    assert mails_to(NEW) == []


def test_nothing_changes_before_the_new_address_is_confirmed(viewer: Client) -> None:
    assert "waits for its confirmation" in ask_for(viewer, NEW)
    assert User.objects.filter(email=OLD).exists()
    assert may_log_in(OLD)
    assert not may_log_in(NEW)


def test_an_address_that_no_column_takes_is_refused_at_the_form(viewer: Client) -> None:
    long = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.example"
    assert len(long) > 254
    assert "at most 254 characters" in ask_for(viewer, long)
    assert not EmailAddress.objects.filter(email=long).exists()


def test_who_holds_an_unconfirmed_address_cannot_reset_the_password(viewer: Client) -> None:
    ask_for(viewer, NEW)
    before = len(mails_to(NEW))
    Client().post("/account/password/reset/", {"email": NEW})
    [mail] = mails_to(NEW)[before:]
    assert "there is no account with this address" in mail


def test_the_confirmed_address_replaces_the_old_one(viewer: Client, cast: Cast) -> None:
    ask_for(viewer, NEW)
    confirm(viewer, NEW)
    cast.viewer.refresh_from_db()
    assert cast.viewer.email == NEW
    assert may_log_in(NEW)
    assert not may_log_in(OLD)
    assert [*EmailAddress.objects.filter(user=cast.viewer).values_list("email", "verified")] == [
        (NEW, True)
    ]
    assert f"changed from {OLD} to {NEW}" in mails_to(OLD)[-1]


def test_the_link_works_once_and_elsewhere_too(viewer: Client) -> None:
    ask_for(viewer, NEW)
    confirm(Client(), NEW)
    assert may_log_in(NEW)
    link = link_in(mails_to(NEW)[0])
    assert "This link no longer works" in Client().get(link).content.decode()


def test_the_change_can_be_called_off(viewer: Client) -> None:
    ask_for(viewer, NEW)
    viewer.post(PAGE, {"email": NEW, "action_remove": ""})
    assert "This link no longer works" in viewer.get(link_in(mails_to(NEW)[0])).content.decode()
    assert may_log_in(OLD)


def test_the_own_address_can_be_neither_removed_nor_lost(viewer: Client, cast: Cast) -> None:
    viewer.post(PAGE, {"email": OLD, "action_remove": ""})
    viewer.post(PAGE, {"email": OLD, "action_primary": ""})
    cast.viewer.refresh_from_db()
    assert cast.viewer.email == OLD
    assert may_log_in(OLD)


def test_another_wish_replaces_the_first(viewer: Client) -> None:
    ask_for(viewer, NEW)
    ask_for(viewer, "bob@dealer.example")
    assert "This link no longer works" in viewer.get(link_in(mails_to(NEW)[0])).content.decode()
    confirm(viewer, "bob@dealer.example")
    assert may_log_in("bob@dealer.example")


def test_an_address_of_somebody_else_is_neither_told_nor_taken(viewer: Client, cast: Cast) -> None:
    assert "waits for its confirmation" in ask_for(viewer, cast.buyer.email)
    confirm(viewer, cast.buyer.email)
    cast.viewer.refresh_from_db()
    cast.buyer.refresh_from_db()
    assert (cast.viewer.email, cast.buyer.email) == (OLD, "buyer@dealer.example")


def test_a_user_who_came_by_another_way_keeps_the_address(cast: Cast, log_in: LogIn) -> None:
    """By bulk_create, say, or by an SQL script: without allauth's row."""
    EmailAddress.objects.all().delete()
    client = log_in(cast.viewer)
    assert "waits for its confirmation" not in client.get(PAGE).content.decode()
    reauthenticate(client)
    ask_for(client, NEW)
    cast.viewer.refresh_from_db()
    assert cast.viewer.email == OLD


def test_an_address_that_staff_corrected_is_the_one_that_counts(cast: Cast, log_in: LogIn) -> None:
    cast.viewer.email = NEW
    cast.viewer.save()
    client = log_in(cast.viewer)
    reauthenticate(client)  # asks allauth's rows
    assert not may_log_in(OLD)


def test_who_joins_by_an_invitation_has_a_confirmed_address(cast: Cast) -> None:
    """The link was mailed there; no further one has to be opened to log in or to change it."""
    actions.invite(company=cast.harbor, email=NEW, role="buyer", by=cast.owner)
    link = next(word for word in mails_to(NEW)[-1].split() if "/invitations/" in word)
    form = {"full_name": "Anna", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post(urlsplit(link).path, form).status_code == 302
    addresses = EmailAddress.objects.filter(user__email=NEW)
    assert [*addresses.values_list("email", "verified", "primary")] == [(NEW, True, True)]
    assert may_log_in(NEW)
