"""An attacker at the limits: more tries than they allow, or somebody kept out who may come in.

Each attack counts what it got: how many passwords were looked at, or whether the owner gets in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from companies.models import User
from limits import counters, sweeping
from limits.declared import LOG_IN, LOG_IN_ACCOUNT, LOG_IN_CLIENT, SEARCH
from tests.accounts.log_in import try_password
from tests.cast import NOW, PASSWORD, Cast
from tests.pages import words
from tests.tries import add_foreign

HOME = "192.0.2.7"
TRIES, WINDOW = LOG_IN.windows[0].tries, LOG_IN.windows[0].seconds
LOOKED_AT = "Email or password is wrong"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def looks(client: Client, email: str, password: str = "guess", **request: Any) -> bool:  # noqa: S107
    """Whether the password was looked at, and was wrong."""
    form = {"login": email, "password": password}
    answer = client.post("/account/login/", form, **request)
    return LOOKED_AT in answer.content.decode()


def guesses(client: Client, email: str, how_many: int = 2 * TRIES, **request: Any) -> int:
    return sum(looks(client, email, **request) for _ in range(how_many))


def gets_in(user: User, address: str) -> bool:
    client = Client(REMOTE_ADDR=address)
    return bool(try_password(client, user.email, PASSWORD).status_code == 302)


# More tries than there are -------------------------------------------------------------------


def other_traffic(cast: Cast) -> None:
    """Traffic that pushed counters out of a cache with 300 entries."""
    for limit in (LOG_IN, LOG_IN_ACCOUNT, SEARCH):
        add_foreign(limit, 2000)


def sweeps(cast: Cast) -> None:
    for _ in range(3):
        call_command("sweep_limits")


def endless_keys(cast: Cast) -> None:
    """As many as make the table overflow, each counted once, as one may from many clients."""
    add_foreign(LOG_IN, 1000)
    add_foreign(LOG_IN_ACCOUNT, 1000)
    sweeping.sweep(most=200)


def own_log_ins(cast: Cast) -> None:
    """A right password gives back its own try, and no other."""
    client = Client(REMOTE_ADDR=HOME)
    for _ in range(TRIES):
        assert try_password(client, cast.outsider.email, PASSWORD).status_code == 302
        client.post("/account/logout/")


def a_reset_of_ones_own(cast: Cast) -> None:
    counters.forget(LOG_IN_ACCOUNT.of(cast.outsider.email))


def resets_that_are_asked_for(cast: Cast) -> None:
    for _ in range(TRIES):
        Client(REMOTE_ADDR=HOME).post("/account/password/reset/", {"email": cast.sales.email})


@pytest.mark.parametrize(
    "between",
    [
        other_traffic, sweeps, endless_keys, own_log_ins, a_reset_of_ones_own,
        resets_that_are_asked_for,
    ],
)  # fmt: skip
def test_nothing_in_between_erases_what_was_counted(
    cast: Cast, between: Callable[[Cast], None]
) -> None:
    client = Client(REMOTE_ADDR=HOME)
    assert guesses(client, cast.sales.email) == TRIES
    between(cast)
    assert guesses(Client(REMOTE_ADDR=HOME), cast.sales.email) == 0


@pytest.mark.siege
@pytest.mark.parametrize("pause", [11, 59, 61, 149, 299, 300, 301])
def test_no_rhythm_gets_more_than_a_window_has(
    cast: Cast, clock: time_machine.Traveller, pause: int
) -> None:
    """Within any window's length at most twice its tries, in the long run one window's each."""
    client, looked_at = Client(REMOTE_ADDR=HOME), []
    until = 5 * WINDOW
    for second in range(0, until, pause):
        clock.move_to(NOW.timestamp() + second)
        looked_at += [second] * guesses(client, cast.sales.email, 1 + pause // 50)
    assert len(looked_at) <= until / WINDOW * TRIES + TRIES
    for at in looked_at:
        assert len([each for each in looked_at if at <= each < at + WINDOW]) <= 2 * TRIES


def test_the_wait_is_not_shortened_by_trying_on(cast: Cast, clock: time_machine.Traveller) -> None:
    client = Client(REMOTE_ADDR=HOME)
    guesses(client, cast.sales.email)
    for _ in range(WINDOW // 10 - 1):
        clock.shift(10)
        assert guesses(client, cast.sales.email, 1) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.{}"},
        {"x-forwarded-for": "203.0.113.{}, 203.0.113.9"},
        {"x-real-ip": "203.0.113.{}"},
        {"forwarded": "for=203.0.113.{}"},
        {"x-client-ip": "203.0.113.{}"},
        {"true-client-ip": "203.0.113.{}"},
        {"cf-connecting-ip": "203.0.113.{}"},
        {"x-forwarded-host": "h{}.example"},
        {"user-agent": "Browser {}"},
        {"accept": "application/json"},
        {"x-requested-with": "XMLHttpRequest"},
        {"cookie": "known_browser=x{}; sessionid=x{}"},
    ],
    ids=str,
)
def test_no_header_makes_another_client(cast: Cast, headers: dict[str, str]) -> None:
    client, seen = Client(REMOTE_ADDR=HOME), 0
    for number in range(2 * TRIES):
        forged = {name: value.replace("{}", str(number)) for name, value in headers.items()}
        answer = client.post(
            "/account/login/",
            {"login": cast.sales.email, "password": "guess"},
            headers=forged,
        )
        seen += "mail or password is wrong" in answer.content.decode()
    assert seen == TRIES


@pytest.mark.parametrize("forged", ["{}", "{}, {}", " {} ,198.51.100.1", "x, {}"])
def test_behind_a_proxy_only_what_it_says_counts(
    cast: Cast, settings: Settings, forged: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client, seen = Client(REMOTE_ADDR="10.0.0.1"), 0
    for number in range(2 * TRIES):
        sent = forged.replace("{}", f"203.0.113.{number}")
        seen += looks(client, cast.sales.email, headers={"x-forwarded-for": f"{sent}, {HOME}"})
    assert seen == TRIES


def test_a_network_of_addresses_is_one_client(cast: Cast) -> None:
    clients = [Client(REMOTE_ADDR=f"2001:db8:1:2::{number:x}") for number in range(1, 11)]
    assert sum(looks(client, cast.sales.email) for client in clients) == TRIES


LOOK_ALIKES = [
    str.upper, str.title, " {}".format, "{} ".format, "\t{}".format, "{}\n".format,
    "{}\r\n".format, "\u00a0{}".format, str.swapcase,
]  # fmt: skip


def test_spellings_of_an_address_share_its_tries(cast: Cast) -> None:
    client = Client(REMOTE_ADDR=HOME)
    spelled = [spell(cast.sales.email) for spell in LOOK_ALIKES]
    assert sum(looks(client, each) for each in spelled) <= TRIES
    assert guesses(client, cast.sales.email) == 0


def test_other_doors_are_the_same_door(cast: Cast) -> None:
    """The desk has no log-in of its own, and an answer for scripts is no other form."""
    client = Client(REMOTE_ADDR=HOME)
    guesses(client, cast.sales.email)
    assert client.post("/admin/login/", {"username": cast.sales.email, "password": PASSWORD})
    assert not client.session.get("_auth_user_id")
    for path in ("/account/login/?next=/admin/", "/account/login/?x=1"):
        form = {"login": cast.sales.email, "password": PASSWORD}
        assert client.post(path, form).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more() -> None:
    User.objects.create_user("sales@vendor.example", PASSWORD)
    seen: list[bool] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        try:
            client = Client(REMOTE_ADDR=HOME)
            barrier.wait()
            seen.extend(looks(client, "sales@vendor.example") for _ in range(3))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(seen) == TRIES


@pytest.mark.siege
def test_many_accounts_from_one_client_are_few_an_hour(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client, seen = Client(REMOTE_ADDR=HOME), 0
    for minute in range(14):
        clock.move_to(NOW.timestamp() + minute * 61)
        seen += sum(looks(client, f"u{minute}.{number}@x.example") for number in range(11))
    assert seen == LOG_IN_CLIENT.windows[1].tries


# Somebody kept out ---------------------------------------------------------------------------


@pytest.mark.siege
def test_nobody_keeps_the_desk_out(cast: Cast) -> None:
    thief = Client(REMOTE_ADDR=HOME)
    guesses(thief, cast.sales.email, 120)
    assert gets_in(cast.sales, "198.51.100.7")


@pytest.mark.parametrize(
    "typed",
    ["198.51.100.7 {}", "browser:x {}", "{} 198.51.100.7", "300 198.51.100.7 {}", "\x00{}"],
)
def test_what_is_typed_counts_for_no_other_client(cast: Cast, typed: str) -> None:
    for _ in range(12):
        Client(REMOTE_ADDR=HOME).post(
            "/account/login/",
            {"login": typed.format(cast.sales.email), "password": "guess"},
        )
    assert gets_in(cast.sales, "198.51.100.7")


@pytest.mark.siege
def test_a_botnet_closes_an_account_to_strangers_only(cast: Cast) -> None:
    """And what to do then stands in the answer."""
    owner = Client(REMOTE_ADDR="198.51.100.7")
    assert try_password(owner, cast.sales.email, PASSWORD).status_code == 302
    owner.post("/account/logout/")
    seen = 0
    for number in range(104):
        seen += looks(Client(REMOTE_ADDR=f"10.1.0.{number}"), cast.sales.email)
    assert seen == LOG_IN_ACCOUNT.windows[0].tries
    told = words(try_password(Client(), cast.sales.email, PASSWORD).content.decode())
    assert "Log in with a passkey, or in a browser where you have logged in before" in told
    assert try_password(owner, cast.sales.email, PASSWORD).status_code == 302


def test_a_stolen_cookie_of_another_account_opens_no_door(cast: Cast) -> None:
    thief = Client(REMOTE_ADDR=HOME)
    assert try_password(thief, cast.outsider.email, PASSWORD).status_code == 302
    thief.post("/account/logout/")
    assert guesses(thief, cast.sales.email) == TRIES
