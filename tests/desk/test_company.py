"""Members and invitations at the desk: by the owners' verbs, recorded, and the last owner stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from zeal import zeal_ignore

from companies.models import Company, Invitation, MembershipEvent, Role, User
from outbox.models import Message
from tests.cast import Cast, member
from tests.companies.mail import newest_token
from tests.desk.inline_rows import rows
from tests.desk.staffed import Enter
from tests.pages import has, values_of

LIST = "/admin/companies/company/"


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"


@pytest.fixture
def manager(roles: dict[str, User], enter: Enter) -> Client:
    return enter(roles["Sales manager"])


def page(company: Company) -> str:
    return f"{LIST}{company.pk}/change/"


def save(
    client: Client,
    company: Company,
    *,
    roles: dict[User, str] | None = None,
    invitations: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Any:
    """Posts the page as the browser does; a member whose role is "" is removed."""
    members = [
        {"id": row.pk, "company": company.pk, "role": role or row.role, **({} if role else GONE)}
        for row in company.memberships.select_related("user")
        for role in [(roles or {}).get(row.user, row.role)]
    ]
    sent = [
        {"company": company.pk, "email": "", "role": "", "step": "", **row}
        for row in invitations or []
    ]
    data = {
        "name": company.name,
        "time_zone": company.time_zone,
        "active": "on",
        **rows("memberships", members),
        **rows("invitations", sent),
        **fields,
    }
    with zeal_ignore():  # Django's own formsets ask row by row
        return client.post(page(company), data)


GONE = {"DELETE": "on"}


def members(company: Company) -> dict[str, str]:
    return dict(company.memberships.values_list("user__email", "role"))


def events(company: Company) -> list[tuple[str, str, str, str, str]]:
    found = MembershipEvent.objects.filter(company=company).order_by("pk")
    return list(found.values_list("what", "email", "role_before", "role_after", "by__email"))


def told(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


# Members --------------------------------------------------------------------------------


def test_roles_change_and_members_go_as_events_of_whom_did_it(
    manager: Client, cast: Cast, roles: dict[str, User]
) -> None:
    by = roles["Sales manager"].email
    response = save(manager, cast.harbor, roles={cast.buyer: "owner", cast.viewer: ""})
    assert response.status_code == 302
    assert members(cast.harbor) == {cast.owner.email: "owner", cast.buyer.email: "owner"}
    assert events(cast.harbor) == [
        ("role_changed", cast.buyer.email, "buyer", "owner", by),
        ("removed", cast.viewer.email, "viewer", "", by),
    ]
    shown = manager.get(f"{page(cast.harbor)[:-7]}history/").content.decode()
    assert "Changed Role" in shown
    assert "Deleted member" in shown


def test_a_company_goes_from_one_owner_to_another_in_one_go(manager: Client, cast: Cast) -> None:
    """Whichever of the two stands first on the page: there and back."""
    for old, new in ((cast.owner, cast.buyer), (cast.buyer, cast.owner)):
        roles = {old: "viewer", new: "owner"}
        assert save(manager, cast.harbor, roles=roles).status_code == 302
        found = members(cast.harbor)
        assert (found[old.email], found[new.email]) == ("viewer", "owner")


@pytest.mark.parametrize("loss", ["buyer", ""])
def test_the_last_owner_stays_and_nothing_else_is_saved(
    manager: Client, cast: Cast, loss: str
) -> None:
    before = members(cast.harbor)
    invited = {"email": "new@dealer.example", "role": "buyer"}
    response = save(
        manager,
        cast.harbor,
        roles={cast.owner: loss, cast.viewer: "buyer"},
        invitations=[invited],
        name="Renamed",
    )
    text = told(response)
    assert "This is the last owner of the company. Make somebody else an owner first." in text
    assert values_of(response, "name") == ["Renamed"], "what was typed is lost"
    assert "new@dealer.example" in text, "what was typed is lost"
    cast.harbor.refresh_from_db()
    assert (cast.harbor.name, members(cast.harbor)) == ("Harbor Security", before)
    assert events(cast.harbor) == []
    assert not Invitation.objects.exists()


def test_an_owner_whose_account_is_closed_counts_for_nothing(manager: Client, cast: Cast) -> None:
    member("closed@dealer.example", cast.harbor, Role.OWNER)
    User.objects.filter(email="closed@dealer.example").update(is_active=False)
    assert "the last owner" in told(save(manager, cast.harbor, roles={cast.owner: ""}))


def test_a_company_without_an_owner_needs_none(manager: Client, cast: Cast) -> None:
    assert save(manager, cast.bayview, roles={cast.end_customer: ""}).status_code == 302
    assert members(cast.bayview) == {}


def test_staff_give_themselves_no_more_rights(
    manager: Client, cast: Cast, roles: dict[str, User]
) -> None:
    me = roles["Sales manager"]
    cast.harbor.memberships.create(user=me, role=Role.VIEWER)
    text = told(save(manager, cast.harbor, roles={me: "owner"}))
    assert "You can’t give yourself more rights. Ask a colleague to do it." in text
    assert members(cast.harbor)[me.email] == "viewer"


@pytest.mark.parametrize("role", ["owner", ""])
def test_another_companys_member_is_out_of_reach(manager: Client, cast: Cast, role: str) -> None:
    stranger = cast.outsider.memberships.get()
    row = {"id": stranger.pk, "role": role or "owner", **({} if role else GONE)}
    save(manager, cast.harbor, **rows("memberships", [row]))
    assert members(cast.summit) == {cast.outsider.email: "owner"}
    assert events(cast.summit) == events(cast.harbor) == []


def test_a_member_who_is_gone_is_told(manager: Client, cast: Cast) -> None:
    row = {"id": cast.viewer.memberships.get().pk, "role": "buyer"}
    cast.viewer.memberships.all().delete()
    text = told(save(manager, cast.harbor, **rows("memberships", [row])))
    assert "This person is no longer a member." in text
    assert "Load the page again" in text
    assert cast.viewer.email not in members(cast.harbor)


def test_nobody_is_put_into_a_company_unasked(admin_client: Client, cast: Cast) -> None:
    """Not even by a superuser: a new member is invited."""
    text = admin_client.get(page(cast.harbor)).content.decode()
    assert "memberships-0-role" in text
    assert "memberships-__prefix__" not in text
    row = {"user": cast.outsider.pk, "role": "owner"}
    save(admin_client, cast.harbor, **rows("memberships", [row]))
    assert cast.outsider.email not in members(cast.harbor)


def test_who_a_row_is_about_is_not_to_be_changed(manager: Client, cast: Cast) -> None:
    other: dict[str, Any] = {"memberships-0-user": cast.outsider.pk, "memberships-0-role": "owner"}
    save(manager, cast.harbor, **other)
    assert cast.outsider.email not in members(cast.harbor)


# Invitations ----------------------------------------------------------------------------


def invite(client: Client, company: Company, **fields: str) -> Any:
    row = {"email": "New@Dealer.example", "role": "owner", **fields}
    return save(client, company, invitations=[row])


def follow_up(client: Client, invitation: Invitation, step: str) -> Any:
    row = {"id": invitation.pk, "step": step, "email": "other@x.example", "role": "viewer"}
    return save(client, invitation.company, invitations=[row])


def test_somebody_is_invited_by_mail_and_joins(
    manager: Client, cast: Cast, roles: dict[str, User]
) -> None:
    by = roles["Sales manager"].email
    assert invite(manager, cast.harbor).status_code == 302
    assert events(cast.harbor) == [("invited", "new@dealer.example", "", "owner", by)]
    assert Message.objects.get().recipients == ["new@dealer.example"]
    assert Client().get(f"/invitations/{newest_token()}/").status_code == 200


def test_the_first_owner_is_invited_with_the_new_company(manager: Client, cast: Cast) -> None:
    owner = {"email": "first@new.example", "role": "owner"}
    response = manager.post(
        f"{LIST}add/",
        {"name": "New Dealer", "time_zone": "America/Chicago", **rows("invitations", [owner])},
    )
    assert response.status_code == 302
    assert Company.objects.get(name="New Dealer").invitations.get().email == "first@new.example"


def test_a_member_is_not_invited_and_no_company_is_left_over(manager: Client, cast: Cast) -> None:
    text = told(invite(manager, cast.harbor, email=cast.buyer.email))
    assert f"{cast.buyer.email} is a member already." in text
    assert not Invitation.objects.exists()
    twice = [{"email": "x@new.example", "role": "owner"}] * 2
    with zeal_ignore():  # each is locked for itself
        response = manager.post(
            f"{LIST}add/",
            {"name": "New Dealer", "time_zone": "America/Chicago", **rows("invitations", twice)},
        )
    assert "x@new.example is invited already." in told(response)
    assert not Company.objects.filter(name="New Dealer").exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": ""}, "This field is required."),
        ({"role": ""}, "This field is required."),
        ({"role": "sales"}, "not one of the available choices"),
        ({"email": "a\0b@x.example"}, "Null characters are not allowed."),
    ],
)
def test_what_is_no_invitation_is_an_error(
    manager: Client, cast: Cast, fields: dict[str, str], said: str
) -> None:
    assert said in told(invite(manager, cast.harbor, **fields))
    assert not Invitation.objects.exists()


def test_it_is_sent_again_and_the_old_link_is_dead(manager: Client, cast: Cast) -> None:
    invite(manager, cast.harbor)
    old, invitation = newest_token(), Invitation.objects.get()
    assert follow_up(manager, invitation, "again").status_code == 302
    assert newest_token() != old
    assert Client().get(f"/invitations/{old}/").status_code == 404
    assert [event[0] for event in events(cast.harbor)] == ["invited", "invited_again"]
    invitation.refresh_from_db()
    assert (invitation.email, invitation.role) == ("new@dealer.example", "owner")


def test_it_is_revoked_and_leaves_the_page(manager: Client, cast: Cast) -> None:
    invite(manager, cast.harbor)
    invitation = Invitation.objects.get()
    assert "new@dealer.example" in told(manager.get(page(cast.harbor)))
    assert follow_up(manager, invitation, "revoke").status_code == 302
    assert Client().get(f"/invitations/{newest_token()}/").status_code == 404
    assert "new@dealer.example" not in told(manager.get(page(cast.harbor)))
    assert [event[0] for event in events(cast.harbor)] == ["invited", "revoked"]


@pytest.mark.parametrize("step", ["again", "revoke"])
def test_what_was_answered_meanwhile_stays(manager: Client, cast: Cast, step: str) -> None:
    invite(manager, cast.harbor)
    invitation = Invitation.objects.get()
    Invitation.objects.update(accepted_by=cast.sales, accepted_at=invitation.sent_at)
    assert "This invitation is no longer open." in told(follow_up(manager, invitation, step))
    invitation.refresh_from_db()
    assert invitation.revoked_at is None
    assert Message.objects.count() == 1


def test_nothing_done_is_nothing_recorded(manager: Client, cast: Cast) -> None:
    invite(manager, cast.harbor)
    assert follow_up(manager, Invitation.objects.get(), "").status_code == 302
    assert [event[0] for event in events(cast.harbor)] == ["invited"]


# Who may --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Sales", "Auditor"])
def test_who_only_looks_sees_all_of_it_and_changes_nothing(
    cast: Cast, roles: dict[str, User], enter: Enter, manager: Client, role: str
) -> None:
    invite(manager, cast.harbor)
    client = enter(roles[role])
    shown = told(client.get(page(cast.harbor)))
    for text in (cast.buyer.email, "new@dealer.example"):
        assert text in shown
    assert not has(shown, '[name="memberships-0-role"]')
    before = members(cast.harbor), events(cast.harbor)
    assert save(client, cast.harbor, roles={cast.viewer: ""}).status_code == 403
    assert invite(client, cast.harbor, email="x@x.example").status_code == 403
    assert (members(cast.harbor), events(cast.harbor)) == before


def test_the_desk_lists_what_happened_to_members(manager: Client, cast: Cast) -> None:
    save(manager, cast.harbor, roles={cast.viewer: ""})
    shown = told(manager.get("/admin/companies/membershipevent/?q=viewer@dealer"))
    assert "Removed" in shown
    assert cast.viewer.email in shown


# A second factor, asked of all members ---------------------------------------------------


def test_staff_ask_a_second_factor_of_all_members_by_the_owners_verb(
    manager: Client, cast: Cast, roles: dict[str, User]
) -> None:
    by = roles["Sales manager"].email
    on: dict[str, Any] = {"second_factor_required": "on"}
    for fields in (on, on, {}):
        response = save(manager, cast.harbor, name="Harbor Security Inc.", **fields)
        assert response.status_code == 302
        cast.harbor.refresh_from_db()
        assert cast.harbor.second_factor_required is bool(fields)
        assert cast.harbor.name == "Harbor Security Inc."
    assert events(cast.harbor) == [
        ("factor_asked", "", "", "", by),
        ("factor_free", "", "", "", by),
    ]


def test_a_new_company_may_ask_from_the_first_day(manager: Client, roles: dict[str, User]) -> None:
    data = {
        "name": "Pier Electric",
        "time_zone": "America/Chicago",
        "active": "on",
        "second_factor_required": "on",
        **rows("invitations", []),
    }
    assert manager.post(f"{LIST}add/", data).status_code == 302
    company = Company.objects.get(name="Pier Electric")
    assert company.second_factor_required
    by = roles["Sales manager"].email
    assert events(company) == [("factor_asked", "", "", "", by)]


def test_what_is_refused_takes_back_the_switch_as_well(manager: Client, cast: Cast) -> None:
    response = save(manager, cast.harbor, roles={cast.owner: ""}, second_factor_required="on")
    told(response)
    cast.harbor.refresh_from_db()
    assert cast.harbor.second_factor_required is False
    assert events(cast.harbor) == []
