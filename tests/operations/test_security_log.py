"""Each event about accounts is one line with its facts, and none of them gives anything away."""

from __future__ import annotations

import html
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from companies import actions
from companies.models import User
from portal.accounts.security_log import WARNINGS, Event
from portal.web import logs
from tests.accounts.authenticator_app import code_of, set_up_app
from tests.accounts.log_in import try_password
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast

# allauth tells of factors once they are committed
pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Canary Quillfeather"
WRONG, WEAK, NEW = "canary-wrong-word", "harbor1999", "canary renewed by four odd words"
UNKNOWN, MOVED = "canary.unknown@dealer.example", "canary.moved@dealer.example"
CODE = "/account/two-step/authenticate/"
Line = dict[str, Any]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that would be written in production."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.formatter(as_json=True))
    logging.getLogger().addHandler(handler)
    yield output
    logging.getLogger().removeHandler(handler)


class Watch:
    """Somebody of the cast, what they do, and what was logged of it."""

    def __init__(self, cast: Cast, log: io.StringIO) -> None:
        self.cast, self.log, self.secrets = cast, log, [PASSWORD, WRONG, WEAK, NEW, UNKNOWN, MOVED]
        self.user = cast.buyer
        self.user.full_name = NAME
        self.user.save()

    def client(self) -> Client:
        """Logged in by the form."""
        client = Client()
        assert try_password(client, self.user.email, PASSWORD).status_code == 302
        return client

    def app(self, client: Client) -> str:
        secret = set_up_app(client)
        self.secrets += [secret, code_of(secret)]
        return secret

    def at_the_code(self) -> tuple[Client, str]:
        secret = self.app(self.client())
        client = Client()
        try_password(client, self.user.email, PASSWORD)
        return client, secret

    def root(self) -> Client:
        client = Client()
        client.force_login(User.objects.create_superuser("root@vendor.example", PASSWORD))
        return client

    def link(self) -> str:
        path = link_in(mails_to(self.user.email)[-1])
        self.secrets.append(path.rstrip("/").rsplit("/", 1)[1])
        return path

    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def events(self) -> list[Line]:
        return [line for line in self.lines() if line["logger"] == "portal.accounts.security_log"]


@pytest.fixture
def watch(cast: Cast, log: io.StringIO) -> Watch:
    return Watch(cast, log)


def wrong_password(watch: Watch) -> None:
    try_password(Client(), watch.user.email.upper(), WRONG)


def unknown_address(watch: Watch) -> None:
    try_password(Client(), UNKNOWN, WRONG)


def wrong_code(watch: Watch) -> None:
    client, _ = watch.at_the_code()
    client.post(CODE, {"code": "000000"})


def wrong_passkey(watch: Watch) -> None:
    Client().post("/account/two-step/webauthn/login/", {"credential": '{"id": "canary"}'})


def too_many_passwords(watch: Watch) -> None:
    for _ in range(6):
        try_password(Client(), watch.user.email, WRONG)


def too_many_codes(watch: Watch) -> None:
    client, _ = watch.at_the_code()
    for _ in range(6):
        client.post(CODE, {"code": "000000"})


def too_many_resets(watch: Watch) -> None:
    for _ in range(6):
        Client().post("/account/password/reset/", {"email": watch.user.email})


def wrong_password_again(watch: Watch) -> None:
    client = watch.client()
    client.post("/account/reauthenticate/", {"password": WRONG})
    client.post("/account/password/change/", {"oldpassword": WRONG})


def refused_right(watch: Watch) -> None:
    company = {"company": watch.cast.harbor.pk, "asked": "yes"}
    watch.client().post("/company/two-step/", company)


def refused_desk(watch: Watch) -> None:
    watch.client().get("/admin/orders/order/", follow=True)


def reset(watch: Watch) -> None:
    Client().post("/account/password/reset/", {"email": watch.user.email})
    Client().post("/account/password/reset/", {"email": UNKNOWN})
    client = Client()
    page = client.get(watch.link(), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})


def link_by_staff(watch: Watch) -> None:
    chosen = {"action": "send_password_link", "_selected_action": [watch.user.pk]}
    watch.root().post("/admin/companies/user/", chosen)
    watch.link()


def change_password(watch: Watch) -> None:
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    watch.client().post("/account/password/change/", data)


def weak_password(watch: Watch) -> None:
    watch.user.set_password(WEAK)
    watch.user.save()
    try_password(Client(), watch.user.email, WEAK)


def change_address(watch: Watch) -> None:
    client = watch.client()
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"email": MOVED, "action_add": ""})
    path = link_in(mails_to(MOVED)[-1])
    watch.secrets.append(path.rstrip("/").rsplit("/", 1)[1])
    assert client.post(path).status_code == 302


def factor_comes_and_goes(watch: Watch) -> None:
    client = watch.client()
    watch.app(client)
    client.post("/account/two-step/recovery-codes/generate/")
    client.post("/account/two-step/totp/deactivate/")
    assert not Authenticator.objects.exists()


def factors_reset(watch: Watch) -> None:
    chosen = {"action": "reset_two_step", "_selected_action": [watch.user.pk]}
    watch.root().post("/admin/companies/user/", chosen)


def factor_asked(watch: Watch) -> None:
    for asked in (True, False):
        actions.ask_second_factor(watch.cast.harbor, asked=asked, by=watch.cast.sales)


ME = "the buyer"
Expected = tuple[Event, dict[str, Any]]
FAILED: Expected = (Event.LOGIN_FAILED, {"account": ME})
NEW_FACTORS: list[Expected] = [
    (Event.FACTOR_ADDED, {"account": ME, "factor": "totp"}),
    (Event.FACTOR_ADDED, {"account": ME, "factor": "recovery_codes"}),
]
SCENES: dict[Callable[[Watch], None], list[Expected]] = {
    wrong_password: [FAILED],
    unknown_address: [(Event.LOGIN_FAILED, {"account": None})],
    wrong_code: [*NEW_FACTORS, (Event.WRONG_CODE, {"account": ME})],
    wrong_passkey: [(Event.WRONG_CODE, {"account": None})],
    too_many_passwords: [
        *[FAILED] * 5,
        (Event.LOCKED_OUT, {"account": ME, "view": "account_login"}),
    ],
    too_many_codes: [
        *NEW_FACTORS,
        *[(Event.WRONG_CODE, {"account": ME})] * 5,
        (Event.LOCKED_OUT, {"account": ME, "view": "mfa_authenticate"}),
    ],
    too_many_resets: [
        *[(Event.RESET_ASKED, {"account": ME})] * 5,
        (Event.LOCKED_OUT, {"account": None, "view": "account_reset_password"}),
    ],
    wrong_password_again: [(Event.WRONG_PASSWORD, {"account": ME})] * 2,
    refused_right: [(Event.RIGHT_REFUSED, {"account": ME, "view": "company_second_factor"})],
    refused_desk: [(Event.RIGHT_REFUSED, {"account": ME, "view": "admin:login"})],
    reset: [
        (Event.RESET_ASKED, {"account": ME}),
        (Event.RESET_ASKED, {"account": None}),
        (Event.RESET_DONE, {"account": ME}),
    ],
    link_by_staff: [(Event.LINK_MAILED, {"account": ME})],
    change_password: [(Event.PASSWORD_CHANGED, {"account": ME})],
    weak_password: [(Event.PASSWORD_WEAK, {"account": ME})],
    change_address: [(Event.ADDRESS_CHANGED, {"account": ME})],
    factor_comes_and_goes: [
        *NEW_FACTORS,
        (Event.CODES_RENEWED, {"account": ME}),
        (Event.FACTOR_REMOVED, {"account": ME, "factor": "totp"}),
        (Event.FACTOR_REMOVED, {"account": ME, "factor": "recovery_codes"}),
    ],
    factors_reset: [(Event.FACTORS_RESET, {"account": ME})],
    factor_asked: [
        (Event.FACTOR_ASKED, {"account": "sales", "company": "harbor"}),
        (Event.FACTOR_FREE, {"account": "sales", "company": "harbor"}),
    ],
}
EVERY_LINE = {"event", "level", "logger", "timestamp", "pid"}
OF_A_REQUEST = {"request_id", "user_id"}


def test_every_event_has_its_scene() -> None:
    assert {event for scene in SCENES.values() for event, _ in scene} == set(Event)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_what_is_logged(watch: Watch, scene: Callable[[Watch], None]) -> None:
    scene(watch)
    keys = {ME: watch.user.pk, "sales": watch.cast.sales.pk, "harbor": watch.cast.harbor.pk}
    found = []
    for line in watch.events():
        facts = {name: line[name] for name in line.keys() - EVERY_LINE - OF_A_REQUEST}
        assert line["level"] == ("warning" if Event(line["event"]) in WARNINGS else "info")
        assert line.keys() >= OF_A_REQUEST or scene is factor_asked
        found.append((Event(line["event"]), facts))
    expected = [
        (event, {name: keys.get(value, value) for name, value in facts.items()})
        for event, facts in SCENES[scene]
    ]
    assert found == expected
    written = html.unescape(watch.log.getvalue()).casefold()
    private = [watch.user.email, NAME, "canary", "dealer.example", "csrf", *watch.secrets]
    assert [secret for secret in private if secret.casefold() in written] == []
    assert not re.search(r"127\.0\.0\.1|\d+\.\d+\.\d+\.\d+", written)


def test_a_line_is_tied_to_its_request(watch: Watch) -> None:
    client = watch.client()
    client.post(
        "/account/reauthenticate/", {"password": WRONG}, headers={"X-Request-ID": "proxy-4711"}
    )
    event, request = watch.lines()[-2:]
    assert (event["event"], event["request_id"]) == (Event.WRONG_PASSWORD, "proxy-4711")
    assert (request["event"], request["request_id"]) == ("request", "proxy-4711")
    assert event["user_id"] == event["account"] == watch.user.pk
