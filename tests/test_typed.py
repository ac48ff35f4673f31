"""Text typed into a form whose session has ended is there again after the log-in."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from companies.models import Membership, Role
from portal.accounts.typed import LIVES, MAX_BYTES, MAX_FORMS, WAITING, token_for
from tests.cast import PASSWORD
from tests.pages import values_of
from tests.world import AN_HOUR_LATER, World

TYPED = "As it was typed, ñandú"


class Form(NamedTuple):
    action: str
    fields: dict[str, str]  # what somebody types into, with the kind
    hidden: dict[str, str]


class Forms(HTMLParser):
    """The forms of a page that are sent."""

    def __init__(self, path: str, page: str) -> None:
        super().__init__()
        self.path, self._open = path, False
        self.forms: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = at.get("method", "") == "post"
            if self._open:
                self.forms.append(Form(at.get("action") or self.path, {}, {}))
        elif self._open and at.get("name") and tag in ("input", "textarea"):
            kind = "textarea" if tag == "textarea" else at.get("type", "text")
            if kind == "hidden":
                self.forms[-1].hidden[at["name"]] = at.get("value", "")
            elif kind in ("text", "textarea", "email"):
                self.forms[-1].fields[at["name"]] = kind

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def forms_on(client: Client, path: str) -> list[Form]:
    response = client.get(path)
    if response.status_code != 200 or "html" not in response["Content-Type"]:
        return []
    return Forms(path, response.content.decode()).forms


def pages(world: World) -> list[tuple[str, str]]:
    """Users and the pages they open: every page of the customers, and those of the desk's verbs."""
    order, held = world.order.pk, world.held.pk
    desk = "/admin/orders/order/"
    return [
        *(("owner", path) for name, path in world.paths.items() if name not in PUBLIC | FILES),
        ("owner", f"/orders/{world.held.reference}/"),
        *(("superuser", f"{desk}{order}/{move}/") for move in ("issue", "hold", "reject")),
        ("superuser", f"{desk}{order}/cancel/"),
        ("superuser", f"{desk}{held}/release/"),
        ("superuser", f"{desk}{held}/serial/"),
        ("superuser", f"{desk}{world.issued.pk}/confirmation/"),
        ("superuser", f"{desk}enter/{world.cast.harbor.pk}/"),
        ("superuser", f"/admin/outbox/message/{world.mail.pk}/deal-with/"),
    ]


# Without a log-in there, no user could be logged out.
PUBLIC = {"order_answer", "serial_entered", "mail_wishes", "mail_unsubscribe", "invitation"}
FILES = {
    "order_document",
    "order_bulk_sample",
    "order_bulk_template",
    "order_bulk_result",
    "order_confirmation_copy",
}


def back(client: Client, world: World, who: str, location: str) -> Any:
    """Through the log-in to where it leads."""
    user: Any = world.user(who)
    login = {"login": user.email, "password": PASSWORD}
    return client.post(location, login, follow=True)


@pytest.fixture
def failed(world: World) -> None:
    """A mail that can be dealt with."""
    type(world.mail).objects.filter(pk=world.mail.pk).update(
        state="failed", failed_at=AN_HOUR_LATER, failed_for="address"
    )


@pytest.mark.usefixtures("failed")
def test_every_form_that_people_type_into_is_filled_in_again(world: World) -> None:
    tried = []
    for who, path in pages(world):
        for form in forms_on(world.client(who), path):
            if not form.fields:
                continue
            assert "written_by" in form.hidden, (path, form)
            client = world.client(who)
            typed = dict.fromkeys(form.fields, TYPED)
            client.cookies.pop("sessionid")
            answer = client.post(form.action, form.hidden | typed)
            assert answer.status_code == 302, form.action
            shown = back(client, world, who, answer["Location"])
            found = shown.content.decode()
            assert shown.status_code == 200, (form.action, shown.redirect_chain)
            assert found.count(TYPED) >= len(form.fields), (path, form)
            tried.append(form.action)
    assert len(set(tried)) > 12, tried


def lose(world: World, client: Client, path: str, **typed: str) -> str:
    """Types, and sends it too late; where the answer leads."""
    (form,) = [form for form in forms_on(client, path) if "reason" in form.fields]
    client.cookies.pop("sessionid", None)
    return str(client.post(path, form.hidden | typed)["Location"])


def test_nothing_is_done_with_it_and_it_is_shown_once(world: World) -> None:
    client, path = world.client("buyer"), f"/orders/{world.order.reference}/cancel/"
    shown = back(client, world, "buyer", lose(world, client, path, reason=TYPED))
    assert TYPED in shown.content.decode()
    assert "You were logged out before this was sent." in shown.content.decode()
    world.order.refresh_from_db()
    assert world.order.state == "in_review"
    assert TYPED not in client.get(path).content.decode()


def test_another_user_who_logs_in_there_gets_none_of_it(world: World) -> None:
    client, path = world.client("buyer"), f"/orders/{world.order.reference}/cancel/"
    location = lose(world, client, path, reason=TYPED)
    assert TYPED not in back(client, world, "owner", location).content.decode()
    assert not client.session[WAITING]


def test_it_waits_half_a_day(world: World) -> None:
    client, path = world.client("buyer"), f"/orders/{world.order.reference}/cancel/"
    location = lose(world, client, path, reason=TYPED)
    with time_machine.travel(AN_HOUR_LATER, tick=False) as clock:
        clock.shift(LIVES + 1)
        assert TYPED not in back(client, world, "buyer", location).content.decode()


def test_a_stranger_writes_nothing(world: World) -> None:
    """No session and no draft, with any value in the form."""
    path, before = f"/orders/{world.order.reference}/cancel/", Session.objects.count()
    good = token_for(world.cast.buyer, path)
    for forged in ("", "x", good[:-1], good.replace(":", "x:", 1)):
        answer = Client().post(path, {"reason": TYPED, "written_by": forged})
        assert answer["Location"] == f"/account/login/?next={path}"
    assert Session.objects.count() == before


def test_what_waits_in_a_browser_is_bounded(world: World) -> None:
    client, token = Client(), token_for(world.cast.buyer, "/")
    orders = [world.order, world.held, world.issued]
    paths = [f"/orders/{order.reference}/cancel/" for order in orders]
    paths += [f"/orders/{order.reference}/serial/" for order in orders]
    for path in paths:
        client.post(path, {"reason": "x", "written_by": token})
    assert [each["path"] for each in client.session[WAITING]] == paths[-MAX_FORMS:]
    client.post("/company/", {"email": "x" * (MAX_BYTES + 1), "written_by": token})
    assert [each["path"] for each in client.session[WAITING]] == paths[-MAX_FORMS:]


def test_an_invitation_is_filled_in_for_the_company_that_it_was_for(world: World) -> None:
    """After the log-in the first company by name is the current one."""
    owner = world.cast.owner
    Membership.objects.create(user=owner, company=world.cast.bayview, role=Role.OWNER)
    client = Client()
    typed = {"email": "x@x.example", "role": "viewer", "company": str(world.cast.harbor.pk)}
    token = token_for(owner, reverse("company"))
    answer = client.post("/company/", typed | {"written_by": token})
    shown = back(client, world, "owner", answer["Location"])
    assert shown.context["company"] == world.cast.harbor
    assert values_of(shown, "email") == ["x@x.example"]
