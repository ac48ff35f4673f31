"""The pages about people: members, invitations, several companies, and what end customers see."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from companies import actions
from companies.models import Company, Invitation, Membership, Role, User
from licensing.models import Installation
from orders.models import Order
from outbox.models import Message
from tests.cast import NOW, PASSWORD, Cast, current, member
from tests.companies.mail import newest_token
from tests.kept_rows import kept
from tests.pages import every, links, words, words_of

INVITED = "new@dealer.example"


@pytest.fixture(autouse=True)
def _clock_mail_and_limits(settings: Settings) -> Any:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"
    with time_machine.travel(NOW, tick=True):
        yield


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return words(response)


def invite(
    client: Client, cast: Cast, email: str = INVITED, role: str = "buyer", **more: str
) -> Any:
    data = {"company": str(cast.harbor.pk), "email": email, "role": role, **more}
    return client.post("/company/", data, follow=True)


def of(user: User) -> Membership:
    return user.memberships.select_related("user", "company").get()


# The page of the company ----------------------------------------------------------------


def test_every_member_sees_who_is_there_and_who_is_invited(cast: Cast) -> None:
    invite(log_in(cast.owner), cast)
    for user in (cast.viewer, cast.buyer, cast.owner):
        content = page(log_in(user), "/company/")
        for shown in ("Harbor Security", *map(str, (cast.viewer, cast.buyer, cast.owner)), INVITED):
            assert shown in content, (user, shown)


@pytest.mark.parametrize("who", ["viewer", "buyer"])
def test_who_is_no_owner_is_offered_nothing_to_change(cast: Cast, who: str) -> None:
    invite(log_in(cast.owner), cast)
    content = log_in(getattr(cast, who)).get("/company/").content.decode()
    for offered in ("Invite somebody", "Save", "Remove", "Revoke", "Send again", "What changed"):
        assert offered not in content, offered


def test_an_owner_invites_changes_and_removes(cast: Cast) -> None:
    client = log_in(cast.owner)
    assert "Invitation sent to new@dealer.example." in words(invite(client, cast))
    role = f"/company/members/{of(cast.viewer).pk}/role/"
    done = client.post(role, {"role": "buyer"}, follow=True)
    assert "viewer@dealer.example is now: Buyer." in words(done)
    done = client.post(f"/company/members/{of(cast.viewer).pk}/remove/", follow=True)
    assert "viewer@dealer.example is no longer a member." in words(done)
    assert not cast.viewer.memberships.exists()
    content = page(client, "/company/")
    for event in ("Invited: new@", "Role changed: viewer@", "Viewer before, Buyer now", "Removed:"):
        assert event in content, event


def test_the_last_owner_is_told_what_to_do_first(cast: Cast) -> None:
    client, own = log_in(cast.owner), of(cast.owner)
    for path, data in (("role", {"role": "viewer"}), ("remove", {})):
        response = client.post(f"/company/members/{own.pk}/{path}/", data, follow=True)
        said = "This is the last owner of the company. Make somebody else an owner first."
        assert said in words(response)
    assert of(cast.owner).role == Role.OWNER


def test_an_owner_who_leaves_sees_nothing_any_more(cast: Cast) -> None:
    member("second@dealer.example", cast.harbor, Role.OWNER)
    client = log_in(cast.owner)
    response = client.post(f"/company/members/{of(cast.owner).pk}/remove/", follow=True)
    assert "You are not a member of a company yet" in words(response)


def test_invitations_are_sent_again_and_revoked(cast: Cast) -> None:
    client = log_in(cast.owner)
    invite(client, cast)
    first, pk = newest_token(), Invitation.objects.get().pk
    response = client.post(f"/company/invitations/{pk}/resend/", follow=True)
    assert "A new invitation is on its way to new@dealer.example." in words(response)
    second = newest_token()
    assert Client().get(f"/invitations/{first}/").status_code == 404
    assert Client().get(f"/invitations/{second}/").status_code == 200
    response = client.post(f"/company/invitations/{pk}/revoke/", follow=True)
    assert "The invitation of new@dealer.example is revoked." in words(response)
    assert Client().get(f"/invitations/{second}/").status_code == 404
    response = client.post(f"/company/invitations/{pk}/resend/", follow=True)
    assert "This invitation is no longer open." in words(response)


PATHS = {
    # what is posted, to a member or an invitation of Harbor's
    "role": ("/company/members/{member}/role/", {"role": "owner"}),
    "remove": ("/company/members/{member}/remove/", {}),
    "resend": ("/company/invitations/{invitation}/resend/", {}),
    "revoke": ("/company/invitations/{invitation}/revoke/", {}),
    "invite": ("/company/", {"company": "{company}", "email": "x@x.example", "role": "owner"}),
}
ANSWERS = {"viewer": 403, "buyer": 403, "outsider": 404, "end_customer": 404, "sales": 404}


@pytest.mark.parametrize("what", PATHS)
@pytest.mark.parametrize(("who", "answer"), ANSWERS.items())
def test_nobody_else_changes_anything(cast: Cast, who: str, answer: int, what: str) -> None:
    invitation = actions.invite(company=cast.harbor, email=INVITED, role="buyer", by=cast.owner)
    before = (list(Membership.objects.values()), list(Invitation.objects.values()))
    path, data = PATHS[what]
    names = {"member": of(cast.viewer).pk, "invitation": invitation.pk, "company": cast.harbor.pk}
    user = getattr(cast, who)
    if what == "invite" and who == "sales":
        answer = 200  # the page of who has no company
    filled = {key: value.format(**names) for key, value in data.items()}
    assert log_in(user).post(path.format(**names), filled).status_code == answer
    assert (list(Membership.objects.values()), list(Invitation.objects.values())) == before


def test_staff_who_are_viewers_manage_nobody_from_here(cast: Cast) -> None:
    Membership.objects.create(user=cast.sales, company=cast.harbor, role=Role.VIEWER)
    path = f"/company/members/{of(cast.sales).pk}/role/"
    assert log_in(cast.sales).post(path, {"role": "owner"}).status_code == 403


def test_an_owner_of_two_companies_invites_to_the_one_that_the_page_was_about(cast: Cast) -> None:
    Membership.objects.create(user=cast.owner, company=cast.bayview, role=Role.OWNER)
    client = log_in(cast.owner)
    assert "Bayview Schools" in page(client, "/company/")  # the first by name
    invite(client, cast)  # from a page of Harbor's that was left open
    assert Invitation.objects.get().company == cast.harbor


@pytest.mark.parametrize("path", ["members/{}/role/", "members/{}/remove/"])
@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_unknown_members_are_404(cast: Cast, path: str, pk: int) -> None:
    assert log_in(cast.owner).post("/company/" + path.format(pk)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/company/switch/", "/company/members/1/role/", "/company/invitations/1/revoke/"]
)
def test_links_change_nothing(cast: Cast, path: str) -> None:
    assert log_in(cast.owner).get(path).status_code == 405
    assert Client().post(path).status_code == 302


NO_ADDRESS = "We can’t send mail to this address. Enter one like name@company.com."
BAD = {
    # what is typed → what stands at the field
    "no-email": ({"email": ""}, ["Enter the address of the person to invite."]),
    "no-address": ({"email": "nobody"}, ["Enter an address like name@company.com."]),
    "300-characters": (
        {"email": "a" * 288 + "@dealer.example"},
        ["An email address has at most 254 characters."],
    ),
    "header": (
        {"email": "a@dealer.example\nBcc: b@dealer.example"},
        ["Enter an address like name@company.com.", NO_ADDRESS],
    ),
    "nul": (
        {"email": "a\x00@dealer.example"},
        [
            "Enter an address like name@company.com.",
            NO_ADDRESS,
            "Null characters are not allowed.",
        ],
    ),
    "quoted": ({"email": '"\x01"@dealer.example'}, [NO_ADDRESS]),
    "html": (
        {"email": "<script>alert(1)</script>@dealer.example"},
        ["Enter an address like name@company.com.", NO_ADDRESS],
    ),
    "no-role": ({"role": ""}, ["Choose a role."]),
    "unknown-role": ({"role": "admin"}, ["Choose one of the roles in the list."]),
    "member": (
        {"email": "BUYER@dealer.example"},
        ["buyer@dealer.example is a member already. Change the role in the list of members."],
    ),
}


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_at_the_field(cast: Cast, data: dict[str, str], said: list[str]) -> None:
    response = invite(log_in(cast.owner), cast, **data)
    assert response.status_code == 200
    assert sorted(words_of(response, "ul.errorlist li")) == sorted(said)
    assert "<script>alert" not in response.content.decode()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["", "admin", "owner\x00", "x" * 500])
def test_an_unknown_role_changes_nothing(cast: Cast, role: str) -> None:
    path = f"/company/members/{of(cast.viewer).pk}/role/"
    response = log_in(cast.owner).post(path, {"role": role}, follow=True)
    assert "Choose one of the roles in the list. Nothing was changed." in words(response)
    assert of(cast.viewer).role == Role.VIEWER


@pytest.mark.parametrize("company", ["", "x", "-1", "0", "9" * 5000, "\x00"])
def test_a_hostile_company_is_404(cast: Cast, company: str) -> None:
    client = log_in(cast.owner)
    assert client.post("/company/switch/", {"company": company}).status_code == 404
    assert invite(client, cast, company=company).status_code == 404


def test_inviting_tells_nothing_about_who_has_an_account(cast: Cast) -> None:
    client = log_in(cast.owner)
    answers, statements = [], []
    for email in (cast.outsider.email, "nobody@other.example"):
        with CaptureQueriesContext(connection) as captured:
            answers.append(words(invite(client, cast, email)).replace(email, "EMAIL"))
        statements.append(len(captured))
        revoke = f"/company/invitations/{Invitation.objects.latest('pk').pk}/revoke/"
        client.post(revoke, follow=True)
    first, second = (answer.split("What changed")[0] for answer in answers)
    assert first == second
    assert statements[0] == statements[1]


# Limits ---------------------------------------------------------------------------------


def test_a_company_sends_20_invitations_an_hour(cast: Cast) -> None:
    second = member("second@dealer.example", cast.harbor, Role.OWNER)
    clients = [log_in(cast.owner), log_in(second)]
    for number in range(20):
        invite(clients[number % 2], cast, f"n{number}@dealer.example")
    too_many = "Your company sent many invitations within an hour."
    for client in clients:
        assert too_many in words(invite(client, cast, "one-more@dealer.example"))
        pk = Invitation.objects.earliest("pk").pk
        assert too_many in words(client.post(f"/company/invitations/{pk}/resend/", follow=True))
    assert Invitation.objects.count() == Message.objects.count() == 20
    with time_machine.travel(NOW.replace(hour=NOW.hour + 2)):
        assert "Invitation sent" in words(invite(log_in(second), cast, "one-more@dealer.example"))


def test_an_owner_sends_20_invitations_an_hour_for_all_companies(cast: Cast) -> None:
    Membership.objects.create(user=cast.owner, company=cast.bayview, role=Role.OWNER)
    client = log_in(cast.owner)
    for number in range(22):
        company = str((cast.harbor, cast.bayview)[number % 2].pk)
        invite(client, cast, f"n{number}@dealer.example", company=company)
    assert Invitation.objects.count() == 20


# Accepting ------------------------------------------------------------------------------

NEWCOMER = {"full_name": "Noa Nash", "password1": PASSWORD, "password2": PASSWORD}


def link(cast: Cast, email: str = INVITED, role: str = "buyer") -> str:
    actions.invite(company=cast.harbor, email=email, role=role, by=cast.owner)
    return f"/invitations/{newest_token()}/"


def test_a_newcomer_sets_name_and_password_and_is_in(cast: Cast) -> None:
    path, client = link(cast), Client()
    content = page(client, path)
    assert "owner@dealer.example invites you to the license portal of Harbor Security." in content
    assert "Your role: Buyer." in content
    response = client.post(path, NEWCOMER, follow=True)
    assert response.redirect_chain[0] == ("/home/", 302)
    assert "Welcome to Harbor Security." in words(response)
    assert "Noa Nash" in page(client, "/company/")
    assert Client().login(email=INVITED, password=PASSWORD)


def test_opening_the_link_changes_nothing(cast: Cast) -> None:
    path = link(cast)
    before = list(Invitation.objects.values())
    for _ in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert list(Invitation.objects.values()) == before
    assert not User.objects.filter(email=INVITED).exists()


def test_a_user_logs_in_with_the_invited_address_and_joins(cast: Cast) -> None:
    path, client = link(cast, cast.outsider.email, "viewer"), Client()
    response = client.get(path)
    assert "Log in as outsider@other.example to join." in words(response)
    assert client.post(path, NEWCOMER).status_code == 200  # no second account, no new password
    assert User.objects.get(email=cast.outsider.email).check_password(PASSWORD)
    (to_log_in,) = {link for link in links(response) if link.startswith("/account/login/?next=")}
    response = client.post(
        to_log_in, {"login": cast.outsider.email, "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain[-1][0] == path
    assert not cast.outsider.memberships.filter(company=cast.harbor).exists()
    response = client.post(path, follow=True)
    assert "Welcome to Harbor Security." in words(response)
    assert "Your role: Viewer" in page(client, "/company/")  # the new company is current


def test_somebody_else_is_asked_to_log_out_and_cannot_join(cast: Cast) -> None:
    path, client = link(cast), log_in(cast.outsider)
    for response in (client.get(path), client.post(path, NEWCOMER)):
        assert "You are logged in as outsider@other.example, but this invitation is for" in words(
            response
        )
    assert cast.outsider.memberships.count() == 1
    assert not User.objects.filter(email=INVITED).exists()
    response = client.post("/account/logout/", {"next": path}, follow=True)
    assert "Create account and join" in words(response)


def test_dead_links_all_look_the_same(cast: Cast) -> None:
    revoked = link(cast)
    actions.revoke_invitation(Invitation.objects.get(), by=cast.owner)
    used = link(cast)
    Client().post(used, NEWCOMER)
    late = link(cast, "late@dealer.example")
    with time_machine.travel(NOW.replace(year=2027)):
        answers = [
            (response.status_code, words(response))
            for path in (revoked, used, late, "/invitations/unknown/", "/invitations/ü%00/")
            for response in (Client().get(path), Client().post(path, NEWCOMER))
        ]
    assert len(set(answers)) == 1
    status, said = answers[0]
    assert status == 404
    assert "ask an owner of your company to send the invitation again" in said


BAD_NEWCOMERS = {
    "no-name": ({"full_name": " "}, "Enter your name. Your colleagues see it."),
    "long-name": ({"full_name": "x" * 151}, "at most 150 characters"),
    "name-of-two-lines": ({"full_name": "Noa\nNash"}, "Use plain characters on one line."),
    "nul-name": ({"full_name": "Noa\x00"}, "Null characters are not allowed."),
    "no-password": ({"password1": "", "password2": ""}, "Choose a password."),
    "differing": ({"password2": "another"}, "The two passwords differ. Enter the same twice."),
    "short": ({"password1": "a7#x", "password2": "a7#x"}, "This password is too short."),
    "common": ({"password1": "password" * 2, "password2": "password" * 2}, "easy to guess"),
    "digits": ({"password1": "123456789012345", "password2": "123456789012345"}, "easy to guess"),
    "like-email": ({"password1": INVITED, "password2": INVITED}, "easy to guess"),
    "huge": ({"password1": "x" * 5000, "password2": "x" * 5000}, "at most 128 characters"),
}


@pytest.mark.parametrize(("data", "said"), BAD_NEWCOMERS.values(), ids=BAD_NEWCOMERS.keys())
def test_bad_accounts_are_refused_in_plain_words(
    cast: Cast, data: dict[str, str], said: str
) -> None:
    response = Client().post(link(cast), {**NEWCOMER, **data})
    assert response.status_code == 200
    assert said in words(response)
    assert not User.objects.filter(email=INVITED).exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_newcomer_becomes_what_the_invitation_says_and_nothing_else(cast: Cast) -> None:
    more = {"is_staff": "1", "is_superuser": "1", "role": "owner", "email": "x@x.example"}
    Client().post(link(cast, role="viewer"), {**NEWCOMER, **more, "company": cast.summit.pk})
    user = User.objects.get(email=INVITED)
    assert not user.is_staff
    assert not user.is_superuser
    assert [(m.company, m.role) for m in user.memberships.all()] == [(cast.harbor, "viewer")]


def test_the_page_of_the_link_is_not_kept_by_the_browser(cast: Cast) -> None:
    response = Client().get(link(cast))
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "same-origin"


# Several companies ----------------------------------------------------------------------


@kept
def both(cast: Cast) -> Cast:
    """The owner of Harbor is a viewer of Summit's, too; each company has a site and an order."""
    Membership.objects.create(user=cast.owner, company=cast.summit, role=Role.VIEWER)
    cast.issue(cast.order_new("Pier 9"))
    cast.issue(cast.order_new("Salt Creek", company=cast.summit, by=cast.outsider))
    return cast


def switch(client: Client, company: Company) -> Any:
    return client.post("/company/switch/", {"company": str(company.pk)})


def test_lists_show_the_current_company(both: Cast) -> None:
    client = log_in(both.owner)
    ours, theirs = Order.objects.order_by("pk")
    for company, here, there, order, other in (
        (both.harbor, "Pier 9", "Salt Creek", ours, theirs),
        (both.summit, "Salt Creek", "Pier 9", theirs, ours),
    ):
        assert switch(client, company).headers["Location"] == "/home/"
        sites, orders = page(client, "/installations/"), page(client, "/orders/")
        assert here in sites
        assert there not in sites
        assert str(order) in orders
        assert str(other) not in orders
        assert there in page(client, f"/installations/?q={there}")  # a search looks everywhere


def test_pages_open_from_any_of_the_companies(both: Cast) -> None:
    client = log_in(both.owner)
    switch(client, both.harbor)
    for site in Installation.objects.all():
        assert site.site_name in page(client, f"/installations/{site.reference}/")
    for order in Order.objects.all():
        assert str(order) in page(client, f"/orders/{order.reference}/")


def test_the_switcher_is_for_who_has_several_companies(both: Cast) -> None:
    assert "/company/switch/" not in log_in(both.buyer).get("/orders/").content.decode()
    content = log_in(both.owner).get("/orders/").content.decode()
    assert len(every(content, '[aria-current="true"]')) == 2  # wide, and in the menu of phones
    assert "Harbor Security" in words_of(content, '[aria-current="true"]')


def test_nobody_switches_to_a_company_that_is_not_theirs(both: Cast) -> None:
    client = log_in(both.owner)
    assert switch(client, both.bayview).status_code == 404
    assert "Harbor Security" in page(client, "/company/")


def test_who_was_removed_from_the_current_company_is_back_in_the_first(both: Cast) -> None:
    client = log_in(both.owner)
    switch(client, both.summit)
    both.owner.memberships.filter(company=both.summit).delete()
    assert "Pier 9" in page(client, "/installations/")
    assert "Salt Creek" not in page(client, "/installations/")


def test_clocks_are_those_of_the_current_company(both: Cast) -> None:
    Company.objects.filter(pk=both.summit.pk).update(time_zone="Pacific/Auckland")
    client = log_in(both.owner)
    for company, day in ((both.harbor, "Nov 24, 2026"), (both.summit, "Nov 25, 2026")):
        switch(client, company)
        assert day in page(client, "/installations/")


def chosen(content: str) -> list[str]:
    return words_of(content, 'select[name="company"] option[selected]')


def test_the_order_form_starts_with_the_current_company(both: Cast) -> None:
    both.owner.memberships.filter(company=both.summit).update(role=Role.BUYER)
    client = log_in(both.owner)
    for company in (both.harbor, both.summit):
        switch(client, company)
        content = client.get("/orders/new/").content.decode()
        assert chosen(content) == [company.name]


def test_the_order_form_of_an_installation_starts_with_its_company(both: Cast) -> None:
    both.owner.memberships.filter(company=both.summit).update(role=Role.BUYER)
    client = log_in(both.owner)
    switch(client, both.harbor)
    site = Installation.objects.get(company=both.summit)
    content = client.get(f"/orders/new/?installation={site.reference}").content.decode()
    assert chosen(content) == ["Summit Systems"]


def test_who_only_looks_in_the_current_company_orders_for_the_other(both: Cast) -> None:
    client = log_in(both.owner)
    switch(client, both.summit)
    form = client.get("/orders/new/").context["form"]
    assert form["company"].value() == str(both.harbor.pk)


@pytest.mark.parametrize("path", ["/installations/", "/orders/", "/company/"])
def test_without_a_company_the_pages_say_what_to_do(cast: Cast, path: str) -> None:
    user = User.objects.create_user("alone@dealer.example", PASSWORD)
    content = page(log_in(user), path)
    assert "You are not a member of a company yet" in content


def test_pages_stay_within_their_budget(both: Cast) -> None:
    """With many members, invitations, events and companies."""
    for number in range(60):
        company = Company.objects.create(name=f"Company {number}")
        Membership.objects.create(user=both.owner, company=company, role=Role.OWNER)
        member(f"member{number}@dealer.example", both.harbor, Role.VIEWER)
        actions.invite(
            company=both.harbor, email=f"n{number}@x.example", role="buyer", by=both.owner
        )
    client = log_in(both.owner)
    switch(client, both.harbor)
    for path, budget in (("/company/", 5), ("/installations/", 5), ("/orders/", 5)):
        with CaptureQueriesContext(connection) as captured:
            page(client, path)
        assert len(captured) <= budget, path


# End customers --------------------------------------------------------------------------


@kept
def schools(cast: Cast) -> Cast:
    """Bayview owns a site of Harbor's, and one of its members may order."""
    cast.po_numbers.append(880_000_000)  # found in a page by no accident
    site = cast.issue(cast.order_new("Bayview High School", ISS_Expert=4, VS_ES1=2)).installation
    assert site is not None
    site.end_customer = cast.bayview
    site.save()
    cast.issue(cast.order_existing(current(site, "VAI"), VS_ES1=1))
    cast.issue(cast.order_new("Secret Vault"))
    cast.order_existing(current(site, "ISS"), ISS_Expert=2)
    actions.invite(company=cast.harbor, email="hush@dealer.example", role="viewer", by=cast.owner)
    cast.end_customer.memberships.update(role=Role.BUYER)
    return cast


def test_end_customers_see_their_installation_and_nothing_else_of_the_dealer(schools: Cast) -> None:
    site = Installation.objects.get(site_name="Bayview High School")
    vault = Installation.objects.get(site_name="Secret Vault")
    client = log_in(schools.end_customer)
    client.post(
        "/orders/new/",
        {
            "kind": "existing",
            "serial_ISS": current(site, "ISS"),
            "po_number": "B-1",
            "company": schools.bayview.pk,
            "submission": "5f2b1c1e-6b0f-4f7e-9d53-0d8f7a1a2b3c",
            "lines-TOTAL_FORMS": "1",
            "lines-INITIAL_FORMS": "0",
            "lines-0-product": "ISS-Expert",
            "lines-0-quantity": "1",
        },
    )
    own = schools.issue(Order.objects.get(po_number="B-1"))
    secrets = [order.po_number for order in Order.objects.exclude(pk=own.pk)]
    secrets += [order.reference for order in Order.objects.exclude(pk=own.pk)]
    secrets += [str(user) for user in (schools.viewer, schools.buyer, schools.owner)]
    secrets += ["Secret Vault", vault.reference, current(vault, "ISS"), "hush@", "sales@vendor"]
    pages = [
        "/installations/",
        f"/installations/{site.reference}/",
        f"/installations/?q={current(site, 'ISS')}",
        f"/orders/new/?installation={site.reference}",
        "/orders/new/",
        "/orders/",
        f"/orders/{own.reference}/",
        "/company/",
    ]
    for path in pages:
        content = client.get(path).content.decode()
        assert [secret for secret in secrets if secret in content] == [], path
    for path in pages[:2]:
        content = client.get(path).content.decode()
        assert current(site, "ISS") in content
        assert current(site, "VAI") in content


def test_end_customers_find_nothing_of_the_dealer_by_searching_or_guessing(schools: Cast) -> None:
    vault = Installation.objects.get(site_name="Secret Vault")
    client = log_in(schools.end_customer)
    for order in Order.objects.all():
        assert "Nothing found" in page(client, f"/installations/?q={order.po_number}")
        assert client.get(f"/orders/{order.reference}/").status_code == 404
        assert "Bayview High School" not in page(client, f"/orders/?after={order.reference}")
    for query in ("Vault", current(vault, "ISS")):
        assert "Nothing found" in page(client, f"/installations/?q={query}")
    assert client.get(f"/installations/{vault.reference}/").status_code == 404
    assert client.get(f"/orders/new/?installation={vault.reference}").status_code == 404


def test_where_a_list_goes_on_tells_nothing_about_other_sites(schools: Cast) -> None:
    """Else a list from after somebody's site on would tell how that site is called."""
    client = log_in(schools.end_customer)
    Installation.objects.create(company=schools.bayview, site_name="Zoo")
    early = Installation.objects.create(company=schools.harbor, site_name="Aquarium")
    late = Installation.objects.get(site_name="Secret Vault")
    answers = {page(client, f"/installations/?after={s.reference}") for s in (early, late)}
    assert len(answers) == 1


def test_the_dealer_sees_nothing_of_the_end_customers_people(schools: Cast) -> None:
    for user in (schools.owner, schools.buyer):
        assert "facilities@" not in page(log_in(user), "/company/")
