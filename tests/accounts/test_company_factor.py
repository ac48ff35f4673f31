"""A company that asks a second factor of its members: what opens, and what has to come first."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client

from companies import actions
from companies.models import Company, Membership, MembershipEvent, Role
from portal.accounts import first_things
from portal.accounts.first_things import OPEN
from tests.accounts.authenticator_app import code_of, set_up_app
from tests.accounts.log_in import LogIn
from tests.accounts.mailbox import link_in, mails_to
from tests.answers import LISTED
from tests.cast import PASSWORD, Cast
from tests.world import World, path_of, routes

# allauth tells of a new factor once it is committed, so these transactions are real
pytestmark = pytest.mark.django_db(transaction=True)

SET_UP = "/account/two-step/"
TOLD = "Harbor Security asks for two-step verification. Set it up once, then go on."


@pytest.fixture
def asked(cast: Cast) -> Company:
    return actions.ask_second_factor(cast.harbor, asked=True, by=cast.sales)


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def switch(client: Client, company: Company, asked: str) -> Any:
    return client.post("/company/two-step/", {"company": company.pk, "asked": asked}, follow=True)


@pytest.mark.usefixtures("asked")
class TestAsked:
    def test_who_has_none_sets_it_up_and_goes_on(self, cast: Cast, log_in: LogIn) -> None:
        client = log_in(cast.buyer)
        page = client.get("/orders/", follow=True)
        assert page.redirect_chain == [(SET_UP, 302)]
        assert TOLD in text(page)
        set_up_app(client)
        assert client.get("/orders/").status_code == 200

    def test_a_session_that_began_with_the_password_only_proves_it(
        self, cast: Cast, log_in: LogIn
    ) -> None:
        older = log_in(cast.buyer)
        secret = set_up_app(log_in(cast.buyer))
        path = "/account/two-step/reauthenticate/"
        assert older.get("/orders/?after=7")["Location"] == f"{path}?next=%2Forders%2F%3Fafter%3D7"
        older.post(path, {"code": code_of(secret)})
        assert older.get("/orders/").status_code == 200

    def test_who_turns_theirs_off_is_led_back(self, cast: Cast, log_in: LogIn) -> None:
        client = log_in(cast.buyer)
        set_up_app(client)
        client.post("/account/two-step/totp/deactivate/")
        assert client.get("/orders/")["Location"] == SET_UP

    def test_others_are_not_asked(self, cast: Cast, log_in: LogIn) -> None:
        for user in (cast.outsider, cast.end_customer):
            assert log_in(user).get("/orders/").status_code == 200

    def test_one_company_that_asks_is_enough(self, cast: Cast, log_in: LogIn) -> None:
        """Pages show what is in any of a member's companies, whichever they look at."""
        Membership.objects.create(user=cast.outsider, company=cast.harbor, role=Role.VIEWER)
        client = log_in(cast.outsider)
        session = client.session
        session["company"] = cast.summit.pk
        session.save()
        assert client.get("/company/")["Location"] == SET_UP
        actions.remove_member(cast.outsider.memberships.get(company=cast.harbor), by=cast.owner)
        assert client.get("/company/").status_code == 200

    def test_an_invitation_says_so_and_joining_leads_there(self, cast: Cast) -> None:
        email = "new@dealer.example"
        actions.invite(company=cast.harbor, email=email, role="viewer", by=cast.owner)
        client, path = Client(), link_in(mails_to(email)[-1])
        assert "Harbor Security asks for two-step verification: after joining" in text(
            client.get(path)
        )
        data = {"full_name": "Noa Nash", "password1": PASSWORD, "password2": PASSWORD}
        page = client.post(path, data, follow=True)
        assert [step for step, _ in page.redirect_chain] == ["/home/", SET_UP]
        assert TOLD in text(page)

    def test_an_owner_stops_asking(self, cast: Cast, log_in: LogIn) -> None:
        client = log_in(cast.owner)
        set_up_app(client)
        assert "no longer asked" in text(switch(client, cast.harbor, "no"))
        assert log_in(cast.buyer).get("/orders/").status_code == 200


def test_nobody_is_asked_unless_a_company_does(cast: Cast, log_in: LogIn) -> None:
    assert log_in(cast.buyer).get("/orders/").status_code == 200


def test_an_owner_who_has_none_sets_it_up_first_and_then_asks(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.owner)
    page = switch(client, cast.harbor, "yes")
    assert page.redirect_chain == [(SET_UP, 302)]
    assert "Set up two-step verification for yourself first" in text(page)
    assert not Company.objects.get(pk=cast.harbor.pk).second_factor_required
    set_up_app(client)
    page = switch(client, cast.harbor, "yes")
    assert "All members need two-step verification now." in text(page)
    assert "Two-step verification asked of all members" in text(page)
    event = MembershipEvent.objects.latest("pk")
    assert (event.what, event.by, event.company) == ("factor_asked", cast.owner, cast.harbor)
    assert log_in(cast.buyer).get("/orders/")["Location"] == SET_UP


def test_an_owner_whose_session_has_not_proven_it_does_so_and_is_back(
    cast: Cast, log_in: LogIn
) -> None:
    older = log_in(cast.owner)
    secret = set_up_app(log_in(cast.owner))
    response = older.post("/company/two-step/", {"company": cast.harbor.pk, "asked": "yes"})
    assert response["Location"] == "/account/two-step/reauthenticate/?next=%2Fcompany%2F"
    older.post(response["Location"], {"code": code_of(secret)})
    assert "All members need two-step verification now." in text(switch(older, cast.harbor, "yes"))


@pytest.mark.parametrize("who", ["viewer", "buyer", "outsider"])
def test_who_is_no_owner_of_it_changes_nothing(cast: Cast, log_in: LogIn, who: str) -> None:
    client = log_in(getattr(cast, who))
    assert switch(client, cast.harbor, "yes").status_code in (403, 404)
    assert not Company.objects.get(pk=cast.harbor.pk).second_factor_required
    assert "/company/two-step/" not in text(client.get("/company/")) or who == "outsider"


# Every address --------------------------------------------------------------------------


def led_away(client: Client, address: str) -> bool:
    response = client.get(address)
    return response.get("Location", "") in {SET_UP, "/account/password/change/"}


def test_what_is_open_is_what_strangers_may_see() -> None:
    strangers = {name for (method, name), said in LISTED.items() if said[0] != "log-in"}
    assert strangers | {"admin:logout"} == OPEN


@pytest.mark.siege
class TestEveryAddress:
    pytestmark = pytest.mark.django_db(transaction=False)

    def test_nothing_of_a_company_opens_before_its_factor(self, world: World) -> None:
        actions.ask_second_factor(world.cast.harbor, asked=True, by=world.cast.sales)
        for role in ("viewer", "buyer", "owner"):
            self.walk(world, world.client(role))

    def test_nothing_opens_before_the_password_is_renewed(self, world: World) -> None:
        for role in ("buyer", "superuser"):
            client = world.client(role)
            session = client.session
            session["password_to_renew"] = [world.user(role).pk, "too_weak"]
            session.save()
            self.walk(world, client)

    def walk(self, world: World, client: Client) -> None:
        open_now = set()
        for route, name in routes():
            address = world.paths.get(name) or path_of(route)
            if not led_away(client, address):
                open_now.add(f"admin:{name}" if route.startswith("admin/") else name)
        accounts = {name for route, name in routes() if route.startswith(first_things.ACCOUNT)}
        assert open_now - accounts - {"admin:logout"} == OPEN - {"admin:logout"}
