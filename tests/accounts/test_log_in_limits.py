"""Wrong passwords and codes: who tries many is stopped, and who knows the right one gets in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from limits import counters
from limits.declared import CODE_ACCOUNT, LOG_IN_ACCOUNT, RESET_MAIL, Limit
from portal.accounts.known_browser import COOKIE, MOST
from tests.accounts.authenticator_app import code_of, set_up_app
from tests.accounts.log_in import LogIn, reauthenticate, try_password
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast, person
from tests.pages import settled
from tests.tries import forget_all, use_up

TOO_MANY = "Too many tries in a row"
CLOSED = "Too many wrong tries at this account"
WRONG = "a wrong one"
UNKNOWN = "nobody@dealer.example"
NEW = "another long password of mine"
HOME: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.7"}
ELSEWHERE: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.7"}


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def said(client: Client, email: str, password: str = WRONG) -> str:
    """The form's answer to a log-in that does not go on."""
    response = try_password(client, email, password)
    shown = re.search(r"(Email or password is wrong|Too many [^.]*)", response.content.decode())
    assert shown
    assert response.status_code == (429 if shown[1].startswith("Too many") else 200)
    return shown[1]


def six_wrong_ones(client: Client, email: str) -> list[bool]:
    """For each, whether it was refused without a look."""
    return [said(client, email).startswith(TOO_MANY) for _ in range(6)]


def known(user: Any, **where: Any) -> Client:
    """A browser in which that user has logged in before, and is not now."""
    client = Client(**where)
    assert is_in(try_password(client, user.email, PASSWORD))
    client.post("/account/logout/")
    return client


# An account is not closed to its owner -------------------------------------------------------


def test_wrong_passwords_from_one_place_lock_nobody_out_elsewhere(cast: Cast) -> None:
    """From one address, six wrong passwords for sales; from another address, the right one."""
    assert six_wrong_ones(Client(**HOME), cast.sales.email) == [False] * 5 + [True]
    assert said(Client(**HOME), cast.sales.email, PASSWORD).startswith(TOO_MANY)
    assert is_in(try_password(Client(**ELSEWHERE), cast.sales.email, PASSWORD))


def test_a_known_browser_gets_in_from_where_somebody_else_tries(cast: Cast) -> None:
    browser = known(cast.sales, **HOME)
    six_wrong_ones(Client(**HOME), cast.sales.email)
    for number in range(10):  # and all of the client's tries are used up
        said(Client(**HOME), f"user{number}@dealer.example")
    assert said(Client(**HOME), cast.buyer.email, PASSWORD).startswith(TOO_MANY)
    assert is_in(try_password(browser, cast.sales.email, PASSWORD))


def test_wrong_ones_in_a_known_browser_count_there(cast: Cast) -> None:
    browser = known(cast.sales, **HOME)
    assert six_wrong_ones(browser, cast.sales.email) == [False] * 5 + [True]
    assert is_in(try_password(Client(**HOME), cast.sales.email, PASSWORD))


def test_a_browser_knows_its_own_accounts_only(cast: Cast) -> None:
    browser = known(cast.buyer, **HOME)
    six_wrong_ones(Client(**HOME), cast.sales.email)
    assert said(browser, cast.sales.email, PASSWORD).startswith(TOO_MANY)


@pytest.mark.siege
def test_a_hundred_failures_close_it_to_strangers_however_many_clients(cast: Cast) -> None:
    browser = known(cast.sales)
    for number in range(100):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        assert said(client, cast.sales.email) == "Email or password is wrong"
    stranger = Client(**ELSEWHERE)
    assert said(stranger, cast.sales.email, PASSWORD).startswith(CLOSED)
    assert is_in(try_password(browser, cast.sales.email, PASSWORD))
    assert said(stranger, cast.sales.email, PASSWORD).startswith(CLOSED)


@pytest.mark.siege
def test_refused_tries_are_no_failures_of_the_account(cast: Cast) -> None:
    """One client alone, however often it tries, closes nothing to others."""
    for _ in range(120):
        said(Client(**HOME), cast.sales.email)
    assert is_in(try_password(Client(**ELSEWHERE), cast.sales.email, PASSWORD))


def test_a_new_password_opens_it_again_and_the_old_browsers_are_known_no_more(cast: Cast) -> None:
    browser = known(cast.buyer)
    use_up(LOG_IN_ACCOUNT, cast.buyer.email)
    use_up(CODE_ACCOUNT, cast.buyer.email)
    reset(cast.buyer.email, **ELSEWHERE)
    assert said(browser, cast.buyer.email, PASSWORD) == "Email or password is wrong"
    assert is_in(try_password(Client(**ELSEWHERE), cast.buyer.email, NEW))
    use_up(LOG_IN_ACCOUNT, cast.buyer.email)
    assert said(browser, cast.buyer.email, NEW).startswith(CLOSED)


def reset(email: str, **where: Any) -> None:
    client = Client(**where)
    client.post("/account/password/reset/", {"email": email})
    form = client.get(link_in(mails_to(email)[-1]), follow=True)
    new = {"password1": NEW, "password2": NEW}
    assert is_in(client.post(form.redirect_chain[-1][0], new))


def test_a_password_that_was_changed_is_a_new_one_too(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    use_up(LOG_IN_ACCOUNT, cast.buyer.email)
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert is_in(client.post("/account/password/change/", new))
    assert is_in(try_password(Client(**ELSEWHERE), cast.buyer.email, NEW))


def test_unknown_addresses_are_counted_and_answered_alike(cast: Cast) -> None:
    answers = []
    for email in (cast.sales.email, UNKNOWN):
        forget_all()
        alone = six_wrong_ones(Client(**HOME), email)
        use_up(LOG_IN_ACCOUNT, email)
        answers.append((alone, said(Client(**ELSEWHERE), email)))
    assert answers[0] == answers[1]
    assert answers[0][1].startswith(CLOSED)


def test_spellings_of_an_address_are_one_account(cast: Cast) -> None:
    email = cast.sales.email
    spelled = [email, email.upper(), f" {email}", email.title(), f"{email} "]
    client = Client(**HOME)
    assert {said(client, each) for each in spelled} == {"Email or password is wrong"}
    assert said(client, email.swapcase()).startswith(TOO_MANY)


# What the browser keeps ----------------------------------------------------------------------


def test_the_cookie_of_a_known_browser_names_nobody_to_others(cast: Cast) -> None:
    cookie = known(cast.sales).cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) > 90 * 24 * 60 * 60
    assert cast.sales.email not in cookie.value


@pytest.mark.parametrize("forged", ["", "x", "x:y:z", "e30:1:x"])
def test_a_forged_cookie_is_none(cast: Cast, forged: str) -> None:
    use_up(LOG_IN_ACCOUNT, cast.sales.email)
    client = Client(**HOME)
    client.cookies[COOKIE] = forged
    assert said(client, cast.sales.email, PASSWORD).startswith(CLOSED)


def test_no_other_signature_of_ours_is_one(cast: Cast) -> None:
    """A value signed under another salt, a session's key or a link, opens nothing here."""
    use_up(LOG_IN_ACCOUNT, cast.sales.email)
    value = signing.loads(known_cookie(cast.buyer), salt="portal.known_browser")
    client = Client(**HOME)
    client.cookies[COOKIE] = signing.dumps(value, salt="portal.passkey_log_in")
    assert said(client, cast.sales.email, PASSWORD).startswith(CLOSED)


def known_cookie(user: Any) -> str:
    return str(known(user).cookies[COOKIE].value)


def test_a_browser_knows_the_last_few_accounts(cast: Cast) -> None:
    users = [person(f"p{number}@dealer.example") for number in range(MOST + 1)]
    client = Client(**HOME)
    for user in users:
        assert is_in(try_password(client, user.email, PASSWORD))
        client.post("/account/logout/")
    for user in users:
        use_up(LOG_IN_ACCOUNT, user.email)
    assert said(client, users[0].email, PASSWORD).startswith(CLOSED)
    assert is_in(try_password(client, users[-1].email, PASSWORD))
    assert len(client.cookies[COOKIE].value) < 1000


def test_it_is_a_host_cookie_outside_the_demo() -> None:
    assert settings.DEMO
    assert COOKIE == "known_browser"  # the production test asserts the other


# Codes of the second factor ------------------------------------------------------------------


def half_in(user: Any, **where: Any) -> Client:
    """A browser that is asked for the code."""
    client = Client(**where)
    response = try_password(client, user.email, PASSWORD)
    assert response["Location"].startswith("/account/two-step/authenticate/")
    return client


def try_code(client: Client, code: str) -> Any:
    return client.post("/account/two-step/authenticate/", {"code": code})


def test_wrong_codes_from_one_place_lock_nobody_out_elsewhere(cast: Cast, log_in: LogIn) -> None:
    secret = set_up_app(log_in(cast.sales))
    forget_all()
    thief = half_in(cast.sales, **HOME)
    tried = [TOO_MANY in try_code(thief, "000000").content.decode() for _ in range(6)]
    assert tried == [False] * 5 + [True]
    assert not is_in(try_code(thief, code_of(secret)))
    assert is_in(try_code(half_in(cast.sales, **ELSEWHERE), code_of(secret)))


def test_a_hundred_wrong_codes_close_it_but_to_a_known_browser(cast: Cast, log_in: LogIn) -> None:
    browser = log_in(cast.sales)
    secret = set_up_app(browser)
    use_up(CODE_ACCOUNT, cast.sales.email)
    refused = try_code(half_in(cast.sales, **ELSEWHERE), code_of(secret))
    assert CLOSED in refused.content.decode()
    browser.post("/account/logout/")
    try_password(browser, cast.sales.email, PASSWORD)
    assert is_in(try_code(browser, code_of(secret)))


def test_right_codes_and_passwords_use_nothing_up(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.sales)
    for _ in range(12):
        reauthenticate(client)
    assert [each.count for each in at(LOG_IN_ACCOUNT, cast.sales.email)] == [0]


def at(limit: Limit, *subject: object) -> Any:
    return counters.peek(limit.of(*subject)).counted


def test_a_right_password_erases_no_wrong_ones(cast: Cast) -> None:
    """A guesser with an account can't begin anew by logging in to it after each few guesses."""
    client = Client(**HOME)
    for number in range(10):
        said(client, f"user{number}@dealer.example")
        if number in (3, 6):
            assert is_in(try_password(client, cast.buyer.email, PASSWORD))
            client.post("/account/logout/")
    assert said(client, "user11@dealer.example").startswith(TOO_MANY)


# Mail that strangers ask for -----------------------------------------------------------------


def ask(client: Client, email: str) -> Any:
    return client.post("/account/password/reset/", {"email": email}, follow=True)


def test_nobody_keeps_somebody_from_a_new_password(cast: Cast) -> None:
    """However often others ask for it: the answer stays, and a mail that came still works."""
    for number in range(12):
        assert ask(Client(REMOTE_ADDR=f"192.0.2.{number}"), cast.buyer.email).status_code == 200
    assert len(mails_to(cast.buyer.email)) == RESET_MAIL.windows[0].tries
    reset_by = Client(**ELSEWHERE)
    form = reset_by.get(link_in(mails_to(cast.buyer.email)[-1]), follow=True)
    new = {"password1": NEW, "password2": NEW}
    assert is_in(reset_by.post(form.redirect_chain[-1][0], new))


def test_strangers_are_mailed_once_and_few_of_them_for_one_client(cast: Cast) -> None:
    for number in range(20):
        ask(Client(**HOME), f"stranger{number}@example.com")
    mailed = [number for number in range(20) if mails_to(f"stranger{number}@example.com")]
    assert mailed == [0, 1, 2]
    for number in range(5):
        ask(Client(REMOTE_ADDR=f"198.51.100.{number}"), UNKNOWN)
    assert len(mails_to(UNKNOWN)) == 1


def test_the_answer_is_the_same_when_nothing_is_mailed(cast: Cast) -> None:
    pages = []
    for number in range(5):
        response = ask(Client(REMOTE_ADDR=f"192.0.2.{number}"), UNKNOWN)
        pages.append(settled(response))
    assert len(set(pages)) == 1
