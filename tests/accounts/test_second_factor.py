"""Second factors: who must have one, and that the session counts, not the user alone."""

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from pytest_django import Settings

from companies.models import User
from portal.accounts import one_time_codes, people
from tests.accounts.authenticator_app import code_of, set_up_app
from tests.accounts.log_in import LogIn, try_password
from tests.accounts.mailbox import mails_to
from tests.cast import PASSWORD, Cast
from tests.pages import words_of

# allauth tells of a new factor once it is committed, so these transactions are real
pytestmark = pytest.mark.django_db(transaction=True)

only_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'",
    reason="SQLite has one writer at a time; the race can't be shown there",
)

MIDDLE = dt.datetime(2026, 11, 24, 15, 0, 15, tzinfo=dt.UTC)  # of a step of half a minute

DESK = "/admin/"
DESK_PAGES = [
    DESK,
    "/admin/orders/order/",
    "/admin/orders/order/1/change/",
    "/admin/orders/order/1/issue/",
    "/admin/autocomplete/",
    "/admin/jsi18n/",
    "/admin/no-such-page/",
]


@pytest.fixture
def production(settings: Settings) -> None:
    settings.DEMO = False


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@vendor.example", PASSWORD)


def content(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def test_the_demo_asks_no_second_factor_of_staff(boss: User, log_in: LogIn) -> None:
    assert log_in(boss).get(DESK).status_code == 200


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", DESK_PAGES)
def test_staff_without_one_is_led_to_set_it_up(boss: User, log_in: LogIn, path: str) -> None:
    client = log_in(boss)
    for response in (client.get(path), client.post(path)):
        assert (response.status_code, response["Location"]) == (302, "/account/two-step/")
    assert "Set it up once, then go on." in content(client, path)


@pytest.mark.usefixtures("production")
def test_who_has_set_it_up_goes_on_at_once(boss: User, log_in: LogIn) -> None:
    client = log_in(boss)
    set_up_app(client)
    assert client.get(DESK).status_code == 200


@pytest.mark.usefixtures("production")
def test_a_session_that_began_with_the_password_only_must_prove_it(
    boss: User, log_in: LogIn
) -> None:
    older = log_in(boss)
    secret = set_up_app(log_in(boss))
    response = older.get("/admin/orders/order/?status=all")
    path = "/account/two-step/reauthenticate/"
    assert response["Location"] == f"{path}?next=%2Fadmin%2Forders%2Forder%2F%3Fstatus%3Dall"
    older.post(path, {"code": code_of(secret)})
    assert older.get(DESK).status_code == 200


@pytest.mark.usefixtures("production")
def test_who_turned_it_off_again_is_led_back(boss: User, log_in: LogIn) -> None:
    client = log_in(boss)
    set_up_app(client)
    client.post("/account/two-step/totp/deactivate/")
    assert client.get(DESK)["Location"] == "/account/two-step/"


@pytest.mark.usefixtures("production")
def test_customers_are_free_to_have_one(cast: Cast, log_in: LogIn) -> None:
    assert log_in(cast.buyer).get("/installations/").status_code == 200


def test_the_password_alone_no_longer_logs_in(cast: Cast, log_in: LogIn) -> None:
    secret = set_up_app(log_in(cast.viewer))
    client = Client()
    assert (
        try_password(client, cast.viewer.email, PASSWORD)["Location"]
        == "/account/two-step/authenticate/"
    )
    assert client.get("/installations/").status_code == 302
    wrong = client.post("/account/two-step/authenticate/", {"code": "000000"})
    assert "This was not accepted." in wrong.content.decode()
    client.post("/account/two-step/authenticate/", {"code": code_of(secret)})
    assert client.get("/installations/").status_code == 200


def test_a_code_works_once(cast: Cast, log_in: LogIn) -> None:
    secret = set_up_app(log_in(cast.viewer))
    outcomes = []
    for _ in range(2):
        client = Client()
        try_password(client, cast.viewer.email, PASSWORD)
        client.post("/account/two-step/authenticate/", {"code": code_of(secret)})
        outcomes.append(client.get("/installations/").status_code)
    assert outcomes == [200, 302]


@pytest.fixture
def app(cast: Cast, log_in: LogIn) -> Iterator[str]:
    """The secret of the viewer's app; the clock stands still in the middle of a step."""
    with time_machine.travel(MIDDLE, tick=False):
        secret = set_up_app(log_in(cast.viewer))
        yield secret


def gets_in(user: User, code: str) -> bool:
    client = Client()
    try_password(client, user.email, PASSWORD)
    client.post("/account/two-step/authenticate/", {"code": code})
    return client.get("/installations/").status_code == 200


@pytest.mark.parametrize(
    ("shown", "taken"),
    [
        ((0,), [True]),
        ((-30,), [True]),  # typed at its last second
        ((-60,), [False]),
        ((30,), [False]),
        ((0, 0), [True, False]),
        ((-30, -30), [True, False]),
        ((-30, 0), [True, True]),
        ((0, -30), [True, False]),  # shown before one that was used
        ((-30, 0, -30, 0), [True, True, False, False]),
    ],
    ids=str,
)
def test_the_code_of_now_or_of_the_step_before_is_taken_once(
    cast: Cast, app: str, shown: tuple[int, ...], taken: list[bool]
) -> None:
    codes = [code_of(app, MIDDLE.timestamp() + seconds) for seconds in shown]
    assert [gets_in(cast.viewer, code) for code in codes] == taken


def test_a_code_that_was_used_stays_used_when_the_cache_forgets(cast: Cast, app: str) -> None:
    code = code_of(app, MIDDLE.timestamp())
    assert gets_in(cast.viewer, code)
    cache.clear()
    assert not gets_in(cast.viewer, code)
    with time_machine.travel(MIDDLE + dt.timedelta(seconds=30), tick=False):
        assert not gets_in(cast.viewer, code)
        assert gets_in(cast.viewer, code_of(app, MIDDLE.timestamp() + 30))


def test_the_code_that_set_the_app_up_is_used(cast: Cast, log_in: LogIn) -> None:
    with time_machine.travel(MIDDLE, tick=False):
        secret = set_up_app(log_in(cast.viewer), forget=False)
        assert not gets_in(cast.viewer, code_of(secret))


@pytest.mark.parametrize("seconds", [0, -30])
def test_an_app_is_set_up_by_the_code_of_now_or_of_the_step_before(
    cast: Cast, log_in: LogIn, seconds: int
) -> None:
    with time_machine.travel(MIDDLE, tick=False):
        set_up_app(log_in(cast.viewer), at=MIDDLE.timestamp() + seconds)
    assert Authenticator.objects.filter(user=cast.viewer, type="totp").exists()


def test_of_two_log_ins_at_once_with_one_code_one_gets_in(cast: Cast, app: str) -> None:
    assert sorted(in_two_threads(cast.viewer, code_of(app))) == [False, True]


@only_postgresql
def test_control_without_the_lock_both_get_in(
    cast: Cast, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **_: rows)
    assert in_two_threads(cast.viewer, code_of(app), meet_at_the_code=monkeypatch) == [True, True]


def in_two_threads(
    user: User, code: str, *, meet_at_the_code: pytest.MonkeyPatch | None = None
) -> list[bool]:
    """Whether each gets in. They begin together, or wait for each other between read and write."""
    barrier = threading.Barrier(2)
    compared = one_time_codes.step_of

    def compare_together(secret: str, code: str) -> int | None:
        step = compared(secret, code)
        barrier.wait(timeout=30)
        return step

    if meet_at_the_code is not None:
        meet_at_the_code.setattr(one_time_codes, "step_of", compare_together)

    def run(_: int) -> bool:
        client = Client()
        try:
            try_password(client, user.email, PASSWORD)
            if meet_at_the_code is None:
                barrier.wait(timeout=30)
            client.post("/account/two-step/authenticate/", {"code": code})
            return client.get("/installations/").status_code == 200
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def test_a_recovery_code_works_once(cast: Cast, log_in: LogIn) -> None:
    owner = log_in(cast.viewer)
    set_up_app(owner)
    codes = words_of(content(owner, "/account/two-step/recovery-codes/"), ".codes li")
    assert len(set(codes)) == 10
    outcomes = []
    for _ in range(2):
        client = Client()
        try_password(client, cast.viewer.email, PASSWORD)
        client.post("/account/two-step/authenticate/", {"code": codes[0]})
        outcomes.append(client.get("/installations/").status_code)
    assert outcomes == [200, 302]


def test_codes_cannot_be_tried_without_end(cast: Cast, log_in: LogIn) -> None:
    set_up_app(log_in(cast.viewer))
    client = Client()
    try_password(client, cast.viewer.email, PASSWORD)
    answers = [
        client.post("/account/two-step/authenticate/", {"code": f"00000{n}"}).content.decode()
        for n in range(6)
    ]
    assert ["Too many tries in a row" in answer for answer in answers] == [False] * 5 + [True]


def test_changes_need_the_password_again_and_are_mailed(cast: Cast, log_in: LogIn) -> None:
    client = log_in(cast.viewer)
    for path in ("totp/activate", "webauthn/add", "recovery-codes/generate"):
        response = client.get(f"/account/two-step/{path}/")
        assert response["Location"].startswith("/account/reauthenticate/"), path
    set_up_app(client)
    mails = mails_to(cast.viewer.email)
    assert any("authenticator app was turned on" in mail for mail in mails)


@pytest.mark.parametrize(
    "answer",
    [
        "null",
        "[]",
        "7",
        '"x"',
        '{"id": "x"}',
        '{"id": "YQ", "rawId": "YQ"}',
        '["%s"]' % ("x" * 20_000),
    ],
    ids=lambda answer: answer[:30],
)
def test_what_no_passkey_answers_is_refused(cast: Cast, log_in: LogIn, answer: str) -> None:
    member = log_in(cast.viewer)
    member.post("/account/reauthenticate/", {"password": PASSWORD})
    posts = [
        Client().post("/account/two-step/webauthn/login/", {"credential": answer}),
        member.post("/account/two-step/webauthn/add/", {"name": "Key", "credential": answer}),
        member.post("/account/two-step/webauthn/reauthenticate/", {"credential": answer}),
    ]
    assert [response.status_code for response in posts] == [302, 200, 302]
    assert not Authenticator.objects.exists()


@pytest.mark.usefixtures("production")
def test_who_lost_phone_and_codes_starts_anew(boss: User, log_in: LogIn) -> None:
    client = log_in(boss)
    set_up_app(client)
    people.reset_second_factor(boss, by=boss)
    assert client.get(DESK)["Location"].startswith("/admin/login/")
    assert log_in(boss).get(DESK)["Location"] == "/account/two-step/"


def test_the_desk_has_no_log_in_of_its_own(cast: Cast) -> None:
    path = "/admin/login/?next=/admin/orders/order/"
    for response in (Client().get(path), Client().post(path, {"username": "x"})):
        assert response["Location"] == "/account/login/?next=/admin/orders/order/"


def test_customers_who_knock_at_the_desk_are_refused(cast: Cast, log_in: LogIn) -> None:
    response = log_in(cast.buyer).get(DESK, follow=True)
    assert (response.status_code, response.redirect_chain[-1][0]) == (
        403,
        "/admin/login/?next=/admin/",
    )
