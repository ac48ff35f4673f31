"""Links in mail lead to PORTAL_URL, whatever host the request was for that made the mail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from pytest_django import Settings

from outbox.models import Message
from tests.accounts.authenticator_app import set_up_app
from tests.accounts.log_in import reauthenticate
from tests.cast import PASSWORD
from tests.notifications.reading import sent
from tests.world import World, undone

OTHER = "other.example"
NEW_PASSWORD = "a different horse battery"
ACCOUNT = "/account/"


@pytest.fixture(autouse=True)
def _two_hosts(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost", OTHER]


def queued_after(pk: int) -> list[str]:
    mails = [sent(message) for message in Message.objects.filter(pk__gt=pk).order_by("pk")]
    return ["\n".join([*map(str, mail.values()), *map(content, mail.walk())]) for mail in mails]


def content(part: Any) -> str:
    return str(part.get_content()) if part.get_content_maintype() == "text" else ""


def check(mails: list[str]) -> None:
    for mail in mails:
        assert OTHER not in mail
        links = re.findall(r"https?://[^\s\"'<>]+", mail)
        assert all(link.startswith(f"{site.PORTAL_URL}/") for link in links), links


@pytest.mark.siege
def test_no_form_of_the_site_takes_the_host_of_the_request(world: World) -> None:
    posts = world.posts | world.more_posts
    mailed = []
    for name, post in posts.items():
        before = Message.objects.latest("pk").pk
        data = {"email": world.cast.buyer.email} if name == "account/reset" else post.data
        with undone():
            client = world.client(post.who)
            client.post(post.path, data, headers={"host": OTHER})
            mails = queued_after(before)
            check(mails)
            mailed += [name] * bool(mails)
    told = {"account/reset", "company", "company_resend", "desk/hold", "desk/issue"}
    assert told | {"order_confirmation"} <= set(mailed)


def test_no_page_of_an_account_does_either(world: World) -> None:
    """Log-in, another address, its confirmation, another password, a factor, and a reset."""
    before = Message.objects.latest("pk").pk
    client = Client(headers={"host": OTHER})
    buyer = world.cast.buyer
    client.post(f"{ACCOUNT}login/", {"login": buyer.email, "password": PASSWORD})
    set_up_app(client)
    reauthenticate(client)
    client.post(f"{ACCOUNT}email/", {"email": "anna@dealer.example", "action_add": ""})
    (link,) = re.findall(
        rf"{site.PORTAL_URL}({ACCOUNT}confirm-email/\S+)", queued_after(before)[-1]
    )
    client.post(link)
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(f"{ACCOUNT}password/change/", {"oldpassword": PASSWORD, **passwords})
    for email in ("anna@dealer.example", "nobody@dealer.example"):
        Client(headers={"host": OTHER}).post(f"{ACCOUNT}password/reset/", {"email": email})
    mails = queued_after(before)
    assert len(mails) >= 5
    check(mails)
    (reset,) = [mail for mail in mails if f"{ACCOUNT}password/reset/key/" in mail]
    assert f"{site.PORTAL_URL}{ACCOUNT}password/reset/key/" in reset


def test_nothing_else_makes_a_link_of_a_request_or_of_the_setting() -> None:
    """One function does: a mail of a new kind asks it."""
    root = Path(site.BASE_DIR)
    allowed = {"outbox/links.py", "portal/settings.py"}
    allowed |= {"portal/accounts/passwords.py"}  # our own host is a word that is guessed
    rooms = ("companies", "licensing", "limits", "notifications", "orders", "outbox", "portal")
    code = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for room in rooms
        for path in (root / room).rglob("*.py")
    }
    makes = re.compile(r"build_absolute_uri|get_current_site|settings\.PORTAL_URL")
    assert {name for name, text in code.items() if makes.search(text)} - allowed == set()
