"""Every limit of the table, tried by what a visitor sends, beside two thousand foreign counters.

On what production runs: the table, by the door. A new limit needs its case here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from companies.models import Membership, Role, User
from limits import sweeping
from limits.declared import ALL, Limit, Window
from orders.models import Order
from portal.accounts import passkey_log_in
from tests.accounts.log_in import try_password
from tests.accounts.mailbox import mails_to
from tests.cast import NOW, PASSWORD, Cast, person
from tests.companies.mail import newest_mail, text_of
from tests.customers.order_form import values
from tests.ordering import order_held
from tests.tries import add_foreign, too_many

HOME = "192.0.2.7"
FOREIGN = 2000
JSON = {"accept": "application/json"}
Try = Callable[[int], bool]  # the one with that number: whether it is refused


def client_at(address: str, user: User | None = None) -> Client:
    client = Client(REMOTE_ADDR=address)
    if user:
        client.force_login(user)
    return client


def somewhere(number: int) -> Client:
    """A client of its own for each number."""
    return client_at(f"10.0.{number // 250}.{number % 250 + 1}")


def refused(response: Any, text: str = "") -> bool:
    """Whether it was too many, which has one answer; it says `text`, too."""
    if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        assert "Retry-After" not in response
        return False
    said, _seconds = too_many(response)
    assert text in said
    return True


def posting(cast: Cast, path: str, who: str = "buyer", **data: str) -> Try:
    client = client_at(HOME, getattr(cast, who))
    return lambda number: refused(client.post(path, data))


# A case for each ----------------------------------------------------------------------------

TOO_MANY, CLOSED = "Too many tries in a row", "Too many wrong tries at this account"


def log_in_client(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(
        try_password(client, f"user{number}@x.example", "wrong"), TOO_MANY
    )


def log_in(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(try_password(client, cast.buyer.email, "wrong"), TOO_MANY)


def log_in_account(cast: Cast) -> Try:
    return lambda number: refused(
        try_password(somewhere(number), cast.buyer.email, "wrong"), CLOSED
    )


def code(cast: Cast) -> Try:
    return lambda number: refused(wrong_code(half_in(cast, client_at(HOME))), TOO_MANY)


def code_account(cast: Cast) -> Try:
    return lambda number: refused(wrong_code(half_in(cast, somewhere(number))), CLOSED)


def half_in(cast: Cast, client: Client) -> Client:
    if not Authenticator.objects.filter(user=cast.sales).exists():
        TOTP.activate(cast.sales, "A" * 32)
    try_password(client, cast.sales.email, PASSWORD)
    return client


def wrong_code(client: Client) -> Any:
    return client.post("/account/two-step/authenticate/", {"code": "wrong"})


def passkey(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(client.get("/account/two-step/webauthn/login/", headers=JSON))


def challenge(cast: Cast) -> Try:
    client = client_at(HOME)
    client.get("/account/two-step/webauthn/login/", headers=JSON)
    kept = client.cookies[passkey_log_in.COOKIE].value

    def answer(number: int) -> bool:
        replaying = somewhere(number)
        replaying.cookies[passkey_log_in.COOKIE] = kept
        return refused(replaying.post("/account/two-step/webauthn/login/", {"credential": "{}"}))

    return answer


RESET = "/account/password/reset/"


def reset_client(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(client.post(RESET, {"email": f"user{number}@x.example"}))


def reset(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(client.post(RESET, {"email": "somebody@x.example"}))


def asked_by(where: Callable[[int], Client], whose: Callable[[int], str]) -> Try:
    """Refused where the answer is the same and no mail comes."""

    def ask(number: int) -> bool:
        before = len(mails_to(whose(number)))
        assert where(number).post(RESET, {"email": whose(number)}).status_code == 302
        return len(mails_to(whose(number))) == before

    return ask


def reset_mail(cast: Cast) -> Try:
    return asked_by(somewhere, lambda number: cast.buyer.email)


def stranger_mail(cast: Cast) -> Try:
    return asked_by(somewhere, lambda number: "somebody@x.example")


def stranger_client(cast: Cast) -> Try:
    return asked_by(lambda number: client_at(HOME), lambda number: f"user{number}@x.example")


def reset_link(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(client.get("/account/password/reset/key/1-nonsense/"))


def guesses(cast: Cast) -> Try:
    client = client_at(HOME, cast.buyer)

    def guess(number: int) -> bool:
        form = values(
            company=str(cast.harbor.pk),
            kind="existing",
            serial_ISS=f"ISS-UNKNOWN-{number}",
            submission=str(uuid.uuid4()),
        )
        return refused(client.post("/orders/new/", form))

    return guess


def guesses_by_link(cast: Cast) -> Try:
    order_held(cast)
    [path] = {
        "/" + link.split("/", 3)[3].split()[0]
        for link in text_of(newest_mail()).split("http")
        if "/orders/answer/" in link
    }
    client = client_at(HOME)
    who = {"name": "Jo Field", "email": "jo@site.example"}
    return lambda number: refused(client.post(path, {"serial_ISS": f"ISS-UNKNOWN-{number}", **who}))


def search(cast: Cast) -> Try:
    client = client_at(HOME, cast.buyer)
    return lambda number: refused(client.get("/installations/?q=x"))


def link(cast: Cast) -> Try:
    client = client_at(HOME)
    return lambda number: refused(client.get("/entered/x/"))


def inviting(cast: Cast, owners: list[User], companies: list[Any]) -> Try:
    """In turn, so that no other limit is reached first."""
    for owner in owners:
        for company in companies:
            Membership.objects.update_or_create(
                user=owner, company=company, defaults={"role": Role.OWNER}
            )
    clients = [client_at(HOME, owner) for owner in owners]

    def invite(number: int) -> bool:
        form = {
            "company": str(companies[number % len(companies)].pk),
            "email": f"new{number}@x.example",
            "role": "viewer",
        }
        return refused(clients[number % len(clients)].post("/company/", form), "many invitations")

    return invite


def invite(cast: Cast) -> Try:
    return inviting(cast, [cast.owner], [cast.harbor, cast.summit])


def invite_company(cast: Cast) -> Try:
    return inviting(cast, [cast.owner, person("second@dealer.example")], [cast.harbor])


def resending(users: list[User], orders: list[Order]) -> Try:
    clients = [client_at(HOME, user) for user in users]

    def resend(number: int) -> bool:
        path = f"/orders/{orders[number % len(orders)].reference}/confirmation/"
        answer = clients[number % len(clients)].post(path, {"to": "a@x.example"})
        return refused(answer, "sent again many times")

    return resend


def resend(cast: Cast) -> Try:
    return resending([cast.buyer], [cast.issue(cast.order_new(f"Pier {n}")) for n in range(4)])


def resend_order(cast: Cast) -> Try:
    return resending([cast.buyer], [cast.issue(cast.order_new("Pier 9"))])


CASES: dict[str, Callable[[Cast], Try]] = {
    each.__name__: each
    for each in (
        log_in_client, log_in, log_in_account, code, code_account, passkey, challenge,
        reset_client, reset, reset_mail, stranger_mail, stranger_client, reset_link,
        guesses, guesses_by_link, search, link, invite, invite_company, resend, resend_order,
    )
}  # fmt: skip
CASES |= {
    "order_form": lambda cast: posting(cast, "/orders/unknown/serial/"),
    "bulk": lambda cast: posting(cast, "/orders/bulk/"),
    "bulk_step": lambda cast: posting(cast, "/orders/bulk/unknown/go-on/"),
    "password_change": lambda cast: posting(cast, "/account/password/change/"),
    "address_change": lambda cast: posting(cast, "/account/email/"),
    "change": lambda cast: posting(cast, "/orders/unknown/cancel/"),
    "anonymous": lambda cast: (
        lambda number: refused(client_at(HOME).post("/account/language/", {}))
    ),
}


def test_each_limit_has_a_case() -> None:
    assert CASES.keys() == {limit.name for limit in ALL}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def pace(limit: Limit, window: Window) -> float:
    """Seconds between two tries, so that none of its shorter windows is reached."""
    shorter = [each for each in limit.windows if each.seconds < window.seconds]
    return max((each.seconds / each.tries + 1 for each in shorter), default=0)


@pytest.mark.siege
@pytest.mark.parametrize(
    ("limit", "window"),
    [
        pytest.param(limit, window, id=f"{limit.name}-{window.tries}-in-{window.seconds}s")
        for limit in ALL
        for window in limit.windows
    ],
)
def test_it_holds_for_its_whole_window_whatever_else_is_counted(
    cast: Cast, clock: time_machine.Traveller, limit: Limit, window: Window
) -> None:
    attempt = CASES[limit.name](cast)
    add_foreign(limit, FOREIGN)
    were_refused = []
    for number in range(window.tries):
        were_refused.append(attempt(number))
        clock.shift(pace(limit, window))
    assert were_refused == [False] * window.tries
    assert attempt(window.tries)
    add_foreign(limit, FOREIGN, begin=FOREIGN)
    sweeping.sweep()
    assert attempt(window.tries + 1)
    clock.move_to(NOW.timestamp() + window.seconds - 1)
    assert attempt(window.tries + 2)
    clock.move_to(NOW.timestamp() + window.seconds + 1)
    assert not attempt(window.tries + 3)
