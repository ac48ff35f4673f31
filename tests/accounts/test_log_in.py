"""Log-in and reset: limits, and the same answer whether or not there is an account."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from pytest_django import Settings

from companies.models import User
from portal import settings as portal_settings
from tests.accounts.log_in import LogIn, try_password
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast
from tests.pages import settled

TOO_MANY = "Too many tries in a row"
UNKNOWN = "nobody@dealer.example"


def wrong(client: Client, email: str, **headers: str) -> bool:
    """Tries a wrong password; returns whether the limit was reached."""
    response = client.post(
        "/account/login/", {"login": email, "password": "wrong"}, headers=headers
    )
    return response.status_code == 429 or TOO_MANY in response.content.decode()


def test_somebody_who_was_just_created_logs_in(db: None, log_in: LogIn) -> None:
    log_in(User.objects.create_user("Zoe@Dealer.example", PASSWORD))
    assert try_password(Client(), "ZOE@dealer.EXAMPLE", PASSWORD).status_code == 302


def test_passwords_are_kept_by_argon2(settings: Settings, db: None) -> None:
    settings.PASSWORD_HASHERS = portal_settings.PASSWORD_HASHERS
    user = User.objects.create_user("zoe@dealer.example", PASSWORD)
    assert user.password.startswith("argon2$argon2id$")


class Counting(Argon2PasswordHasher):
    """The hasher itself, with a tally; its work, which is not asked for here, is the least."""

    hashes = 0
    time_cost, memory_cost, parallelism = 1, 8, 1

    def encode(self, password: str, salt: str) -> str:
        Counting.hashes += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        Counting.hashes += 1
        return super().verify(password, encoded)


@pytest.fixture
def _counted(settings: Settings) -> Iterator[None]:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    yield
    Counting.hashes = 0


@pytest.mark.usefixtures("_counted")
@pytest.mark.parametrize(
    ("password", "cost"),
    [("wrong", 1), ("man\u0303ana", 2)],  # the latter also as it was typed
    ids=["normal", "decomposed"],
)
def test_every_wrong_log_in_costs_the_same_hashes_and_says_the_same(
    db: None, password: str, cost: int
) -> None:
    User.objects.create_user("known@dealer.example", PASSWORD)
    User.objects.create_user("closed@dealer.example", PASSWORD, is_active=False)
    User.objects.create_user("invited@dealer.example")  # has no password yet
    answers, costs = set(), []
    for name in ("known", "closed", "invited", "nobody"):
        Counting.hashes = 0
        answers.add(settled(try_password(Client(), f"{name}@dealer.example", password)))
        costs.append(Counting.hashes)
    assert costs == [cost] * 4
    assert len(answers) == 1


def test_a_reset_says_and_does_the_same_for_everybody(cast: Cast) -> None:
    answers = set()
    for email in (cast.buyer.email, UNKNOWN):
        response = Client().post("/account/password/reset/", {"email": email}, follow=True)
        answers.add((response.redirect_chain[-1][0], settled(response)))
        assert len(mails_to(email)) == 1
    assert len(answers) == 1


def test_guessing_many_accounts_from_one_place_is_stopped(cast: Cast) -> None:
    client = Client()
    reached = [wrong(client, f"user{n}@dealer.example") for n in range(11)]
    assert reached == [False] * 10 + [True]


def test_good_log_ins_do_not_use_the_tries_up(cast: Cast) -> None:
    for _ in range(8):
        assert try_password(Client(), cast.buyer.email, PASSWORD).status_code == 302


def test_too_many_requests_get_our_page(cast: Cast) -> None:
    client = Client()
    responses = [client.post("/account/password/reset/", {"email": UNKNOWN}) for _ in range(6)]
    assert [response.status_code for response in responses] == [302] * 5 + [429]
    assert "Error 429" in responses[-1].content.decode()


def test_a_forged_address_helps_nobody_without_a_proxy(cast: Cast) -> None:
    client = Client()
    reached = [
        wrong(client, f"user{n}@dealer.example", **{"x-forwarded-for": f"192.0.2.{n}"})
        for n in range(11)
    ]
    assert reached[-1]


def test_behind_a_proxy_only_what_it_adds_counts(cast: Cast, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client = Client(REMOTE_ADDR="10.0.0.1")  # the proxy
    reached = [
        wrong(client, f"user{n}@dealer.example", **{"x-forwarded-for": f"192.0.2.{n}, 203.0.113.9"})
        for n in range(11)
    ]
    assert reached == [False] * 10 + [True]
    other = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
    assert not wrong(client, "user12@dealer.example", **other)


def test_an_invited_person_sets_a_password_by_the_reset_link(db: None, log_in: LogIn) -> None:
    user = User.objects.create_user("invited@dealer.example")
    client = Client()
    client.post("/account/password/reset/", {"email": user.email})
    form = client.get(link_in(mails_to(user.email)[0]), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    log_in(user)


def test_what_is_too_long_is_refused_before_it_is_hashed(cast: Cast) -> None:
    response = try_password(Client(), cast.buyer.email, "x" * 255)
    assert "Ensure this value has at most 254 characters" in response.content.decode()
