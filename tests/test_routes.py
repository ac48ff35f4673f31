"""Every address of the site, and what it answers to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.answers import HEAD, LISTED, POSTED
from tests.cast import PASSWORD
from tests.dump import Witness, changes, everything, without_chance
from tests.forged_fields import every_field
from tests.tries import forget_all
from tests.world import ONE_RULE, ROLES, World, path_of, routes, undone

# What a form that was sent by who may changes, and no more: rows that come (+) and go (-),
# columns of rows that were there.
SUPPLIED = {
    "Order.state", "Order.changed_at", "Order.held_for", "+OrderEvent", "-OrderSerial",
    "+OrderSerial",
}  # fmt: skip
CHANGES = {
    "installation_entered": {"+SerialEntered"},
    "installation_notices": {"+NoticeSchedule"},
    "serial_entered": {"+SerialEntered"},
    "order_new": {"+Order", "+OrderLine", "+OrderEvent"},
    "order_keep": {"+Draft"},
    "draft": {"+Order", "+OrderLine", "+OrderEvent", "-Draft"},
    "draft_delete": {"-Draft"},
    "order_cancel": {"Order.state", "Order.changed_at", "+OrderEvent"},
    "order_serial": SUPPLIED,
    "order_answer": SUPPLIED,
    "order_confirmation": {"+Resend", "+Message"},
    "order_documents": {"+PurchaseOrderDocument"},
    "order_bulk": {"+BulkUpload", "+BulkOrder", "+BulkRow"},
    "order_bulk_go_on": set(),
    "order_bulk_place": {
        "BulkUpload.phase", "BulkOrder.is_placed", "BulkOrder.order_id",
        "+Order", "+OrderLine", "+OrderEvent",
    },
    "order_bulk_discard": {"-BulkUpload", "-BulkOrder", "-BulkRow"},
    "company": {"+Invitation", "+MembershipEvent", "+Message", "+PrivateContent"},
    "company_switch": set(),
    "company_second_factor": set(),  # an owner who has none sets it up first
    "company_role": {"Membership.role", "+MembershipEvent"},
    "company_remove": {"-Membership", "+MembershipEvent"},
    "company_resend": {
        "Invitation.token_hash", "Invitation.sent_at", "Invitation.expires_at",
        "+MembershipEvent", "+Message", "+PrivateContent",
    },
    "company_revoke": {"Invitation.revoked_by_id", "Invitation.revoked_at", "+MembershipEvent"},
    "contacts": {"+Contact"},
    "contact": {
        "Contact.expiry", "Contact.holds", "Contact.language", "Contact.name",
        "Contact.changed_at", "Contact.changed_by_id",
    },
    "contact_remove": {"Contact.removed_at", "Contact.removed_by_id"},
    "mail_wishes": {"+Contact"},
    "mail_unsubscribe": {"+Contact"},
    "invitation": {
        "+User", "+Membership", "+MembershipEvent",
        "Invitation.accepted_by_id", "Invitation.accepted_at",
    },
}  # fmt: skip
# Who has the link, and there is no page to lead them to.
FOR_EVERYBODY = {"serial_entered", "order_answer", "mail_wishes", "mail_unsubscribe"}
NEW_PASSWORD = "another horse battery staple"
ANONYMOUS_PAGES = {  # of account/; all others are for who is logged in
    "account_login", "account_logout", "account_signup", "account_inactive",
    "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "account_email_verification_sent", "account_confirm_email", "account_language",
}  # fmt: skip


def answer(response: Any) -> str:
    response.getvalue()  # to the end: a file is open still
    to_log_in = response.headers.get("Location", "").startswith("/account/login/?next=")
    return "log-in" if to_log_in else str(response.status_code)


def test_every_address_is_in_the_table() -> None:
    listed = {name for _, name in LISTED}
    ours = {(route, name) for route, name in routes() if not route.startswith(ONE_RULE)}
    missing = [f"/{route} ({name or 'unnamed'})" for route, name in ours if name not in listed]
    assert not missing, f"Say in TABLE who may open {', '.join(missing)}."
    gone = listed - {name for _, name in ours}
    assert not gone, f"No address has the name {', '.join(gone)} any more."
    assert HEAD == ROLES


@pytest.mark.parametrize(("method", "name"), LISTED)
def test_each_gets_the_answer_of_the_table(world: World, method: str, name: str) -> None:
    answers = {}
    for role in ROLES:
        with undone():
            client = world.client(role)
            if method == "POST":
                response = client.post(world.paths[name], world.posts[name].data)
            else:
                response = client.get(world.paths[name])
            answers[role] = answer(response)
    assert answers == dict(zip(ROLES, LISTED[method, name], strict=True))


def test_what_the_table_does_not_list_takes_no_form(world: World) -> None:
    client = world.client("owner")
    for name in {name for _, name in LISTED}.difference(POSTED):
        assert client.post(world.paths[name]).status_code == 405, name


def test_no_form_is_taken_from_another_site(world: World) -> None:
    """Every address, of the desk and of accounts too, with or without a form of its own."""
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(world.superuser)
    before = everything()
    addresses = {*world.paths.values(), *(path_of(route) for route, _ in routes())}
    for address in addresses:
        if address.startswith("/mail/stop/"):
            continue  # mail programs post to it: the link is all they have
        assert forged.post(address, {"company": world.cast.harbor.pk}).status_code == 403, address
    assert everything() == before


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("sales", "superuser")])
def test_the_desk_is_closed_to_customers(world: World, role: str) -> None:
    client, before = world.client(role), everything()
    desk = [(route, name) for route, name in routes() if route.startswith("admin/")]
    assert len(desk) > 40
    for route, _ in desk:
        forget_all()  # a hundred addresses in a moment are more than a stranger may send to
        for response in (client.get(path_of(route)), client.post(path_of(route))):
            assert response.status_code in (302, 403, 404), route
            if response.status_code == 302:
                there = response.headers["Location"]
                assert "/login/?next=" in there or there.startswith("/admin/"), route
    assert everything() == before


def test_the_desk_has_no_log_in_of_its_own(world: World) -> None:
    said = {
        role: world.client(role).get("/admin/login/?next=/admin/orders/order/") for role in ROLES
    }
    assert {role: answer(response) for role, response in said.items()} == {
        role: {"anonymous": "log-in", "sales": "302", "superuser": "302"}.get(role, "403")
        for role in ROLES
    }
    assert said["anonymous"].headers["Location"].endswith("?next=/admin/orders/order/")
    assert said["sales"].headers["Location"] == "/admin/"
    posted = Client().post(
        "/admin/login/", {"username": world.cast.sales.email, "password": PASSWORD}
    )
    assert answer(posted) == "log-in"
    assert "_auth_user_id" not in posted.client.session


def test_accounts_are_for_who_is_logged_in_except_to_get_there(world: World) -> None:
    strangers, member = Client(), world.client("viewer")
    for route, name in routes():
        if route.startswith("account/"):
            address = path_of(route)
            said = strangers.get(address)
            if name not in ANONYMOUS_PAGES:
                assert said.status_code == 302, f"{address} ({name}) is open to everybody"
                assert said.headers["Location"].startswith("/account/login/"), address
            assert said.status_code in (200, 302), address
            if name != "account_logout":
                assert member.get(address).status_code in (200, 302, 404, 405), address
    assert member.get("/account/login/").status_code == 302


# Every field of every model in every form -----------------------------------------------


ACCOUNT_FORMS = {
    # address → what is sent, and the columns of one's own row that it changes
    "/account/password/change/": (
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        {"User.password", "+Message", "+PrivateContent"},
    ),
    "/account/email/": (
        {"email": "new@dealer.example", "action_add": ""},
        {"+Message", "+PrivateContent"},
    ),
    "/account/password/reset/": (
        {"email": "buyer@dealer.example"},
        {"+Message", "+PrivateContent"},
    ),
    "/account/language/": ({"language": "es"}, {"User.language"}),
}


@pytest.mark.parametrize("path", ACCOUNT_FORMS)
def test_every_field_in_the_forms_about_accounts_changes_only_what_they_are_for(
    world: World, path: str
) -> None:
    data, changed = ACCOUNT_FORMS[path]
    client, before = world.client("buyer"), everything()
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post(path, every_field(world) | data)
    found = changes(before, everything())
    assert found.keys() == changed
    for message in found.get("+Message", []):
        assert message["record"] == ""


@pytest.mark.siege
@pytest.mark.parametrize("name", POSTED)
def test_every_field_in_every_form_changes_only_what_the_role_may(world: World, name: str) -> None:
    post, extra = world.posts[name], every_field(world)
    assert {"is_superuser", "auto_issue", "placed_by", "revision"} <= extra.keys()
    done: dict[str, dict[str, list[Any]]] = {}
    clients = {role: world.client(role) for role in ROLES}
    witness = Witness()
    for role, client in clients.items():
        for key, data in ((role, post.data), (f"{role} with more", extra | post.data)):
            with undone():
                with witness.watching():
                    client.post(post.path, data)
                done[key] = witness.changes()
    for role in ROLES:
        assert without_chance(done[role]) == without_chance(done[f"{role} with more"]), role
        answer = LISTED["POST", name][ROLES.index(role)]
        may = answer in ("302", "204") or name in FOR_EVERYBODY
        assert done[role].keys() == (CHANGES[name] if may else set()), role
