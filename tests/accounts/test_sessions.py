"""How long a session lasts, and what ends it on the server."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import User
from tests.accounts.log_in import LogIn
from tests.accounts.mailbox import link_in, mails_to
from tests.cast import PASSWORD, Cast
from tests.pages import every

PAGE = "/installations/"
MORNING = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
NEW_PASSWORD = "a different horse battery"


def is_in(client: Client) -> bool:
    return bool(client.get(PAGE).status_code == 200)


@pytest.fixture
def clock() -> Iterator[Callable[[float], None]]:
    """Sets the clock to so many minutes after the log-in."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield lambda minutes: traveller.move_to(MORNING + dt.timedelta(minutes=minutes))


def test_a_working_day_ends_even_for_busy_staff(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None]
) -> None:
    clock(0)
    client = log_in(cast.sales)
    for minutes in range(0, 12 * 60, 50):
        clock(minutes)
        assert is_in(client), minutes
    clock(12 * 60)
    assert not is_in(client)


def test_a_week_ends_even_for_busy_customers(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None]
) -> None:
    clock(0)
    client, week = log_in(cast.buyer), 7 * 24 * 60
    for minutes in range(0, week, 11 * 60):
        clock(minutes)
        assert is_in(client), minutes
    clock(week)
    assert not is_in(client)


@pytest.mark.parametrize("hours", [12, 2], ids=["as it is set", "set to less"])
def test_customers_who_are_away_for_half_a_day_log_in_again(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None], settings: Any, hours: int
) -> None:
    if hours != 12:
        settings.CUSTOMER_IDLE_SECONDS = hours * 60 * 60
    clock(0)
    client = log_in(cast.buyer)
    clock(hours * 60 - 1)
    assert is_in(client)
    clock(2 * hours * 60 - 2)  # since the page before
    assert is_in(client)
    clock(3 * hours * 60 - 2)
    response = client.get(PAGE, follow=True)
    assert response.redirect_chain[0][0] == f"/account/login/?next={PAGE}"
    assert "You were logged out to protect your account." in response.content.decode()


@pytest.mark.db
def test_a_wrong_idle_limit_stops_the_start() -> None:
    for wrong in ("0", "169", "half a day"):
        start = subprocess.run(
            [sys.executable, "-c", "import portal.settings"],
            env={**os.environ, "PORTAL_MODE": "demo", "SECRET_KEY": "x",
                 "CUSTOMER_IDLE_HOURS": wrong},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert start.returncode == 1
        assert "CUSTOMER_IDLE_HOURS" in start.stderr


def test_an_idle_hour_ends_it_for_staff_only(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None]
) -> None:
    buyer, sales = log_in(cast.buyer), log_in(cast.sales)
    clock(59)
    assert is_in(sales)
    clock(59 + 60)
    assert is_in(buyer)
    response = sales.get(PAGE, follow=True)
    assert response.redirect_chain[0][0] == f"/account/login/?next={PAGE}"
    assert "You were logged out to protect your account." in response.content.decode()


def test_idleness_is_noted_every_few_minutes_not_on_every_page(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None]
) -> None:
    sales = log_in(cast.sales)
    sales.get(PAGE)
    written = []
    for minutes in range(1, 11):
        clock(minutes)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sales.get(PAGE)
        written.append(any("UPDATE" in query["sql"] for query in queries))
    assert written.count(True) == 2


def test_log_out_ends_the_session_on_the_server(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/account/logout/")
    assert not Session.objects.filter(session_key=kept).exists()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert not is_in(thief)


def test_a_get_does_not_log_out(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    client.get("/account/logout/")
    assert is_in(client)


def test_a_new_password_ends_the_other_sessions(cast: Cast, log_in: LogIn) -> None:
    here, elsewhere = log_in(cast.buyer), log_in(cast.buyer)
    here.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    assert is_in(here)
    assert not is_in(elsewhere)
    assert "Your password was changed." in mails_to(cast.buyer.email)[-1]


def test_a_reset_ends_all_sessions(cast: Cast, log_in: LogIn) -> None:
    client, stranger = log_in(cast.buyer), Client()
    stranger.post("/account/password/reset/", {"email": cast.buyer.email})
    form = stranger.get(link_in(mails_to(cast.buyer.email)[-1]), follow=True)
    path = form.redirect_chain[-1][0]
    stranger.post(path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    cast.buyer.refresh_from_db()
    assert cast.buyer.check_password(NEW_PASSWORD)
    assert not is_in(client)


def test_a_closed_account_is_out_at_once(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    User.objects.filter(pk=cast.buyer.pk).update(is_active=False)
    assert not is_in(client)


def test_others_can_be_logged_out_from_the_list(cast: Cast, log_in: LogIn) -> None:
    here = log_in(cast.buyer, headers={"user-agent": "Mozilla/5.0 (Windows NT) Firefox/150.0"})
    elsewhere = log_in(cast.buyer, headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/605"})
    stranger = log_in(cast.outsider)
    page = here.get("/account/sessions/").content.decode()
    assert len(every(page, "main h2")) == 2
    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    here.post("/account/sessions/")
    assert [is_in(client) for client in (here, elsewhere, stranger)] == [True, False, True]


# What the browser keeps ------------------------------------------------------------------


def forgets(response: Any) -> bool:
    """The browser is told to; the cookies of the language and of a known browser stay."""
    return bool(response.headers.get("Clear-Site-Data") == '"cache", "storage"')


def test_the_browser_forgets_the_pages_at_log_out(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    assert not forgets(client.get(PAGE))
    assert not forgets(client.get("/account/logout/"))
    assert forgets(client.post("/account/logout/"))
    assert not forgets(client.get("/account/login/"))


@pytest.mark.parametrize("who", ["buyer", "sales"])
def test_it_forgets_them_when_the_time_is_over(
    cast: Cast, log_in: LogIn, clock: Callable[[float], None], who: str
) -> None:
    clock(0)
    client = log_in(getattr(cast, who))
    clock(12 * 60)
    assert forgets(client.get(PAGE))
    assert not forgets(client.get("/account/login/"))


def test_it_forgets_them_when_the_account_was_closed(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.buyer)
    User.objects.filter(pk=cast.buyer.pk).update(is_active=False)
    assert forgets(client.get("/"))
    assert not Session.objects.exists()


def test_it_forgets_them_when_the_session_was_ended_elsewhere(cast: Cast, log_in: LogIn) -> None:
    by_list, here = log_in(cast.buyer), log_in(cast.buyer)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    here.post("/account/sessions/")
    assert forgets(by_list.get(PAGE))
    by_password = log_in(cast.buyer)
    assert not forgets(here.post("/account/password/change/", {"oldpassword": PASSWORD, **new}))
    assert forgets(by_password.get(PAGE))
    assert is_in(here)


def test_strangers_are_told_nothing(db: None) -> None:
    client = Client()
    for path in ("/", "/account/login/", PAGE, "/no-such-page/"):
        assert not forgets(client.get(path))
