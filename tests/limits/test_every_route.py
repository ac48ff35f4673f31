"""Nothing is written for a stranger, and nothing is sent, without a limit that is asked first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve

from portal.web.door import ASKED_INSIDE, OPENED, SENT, tries_of
from tests.accounts.log_in import reauthenticate, try_password
from tests.cast import Cast
from tests.dump import READS
from tests.limits.addresses import every_address
from tests.sources import ROOT
from tests.world import World, path_of, routes, undone

COUNTED = 'INSERT INTO "limits_counter"'
AS_SCRIPT = {"accept": "application/json"}
SHORTEST = 60  # addresses: fewer and the walk has lost its way


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements that write, in their order."""
    seen: list[str] = []

    def see(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not READS.match(sql.strip()):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(see):
        yield seen


@pytest.mark.siege
@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "delete"])
def test_a_stranger_writes_nothing_that_no_limit_counts(world: World, method: str) -> None:
    unasked = []
    addresses = every_address(world)
    assert len(addresses) > SHORTEST
    for path, form in addresses.items():
        for headers in ({}, AS_SCRIPT):
            with undone(), writes() as written:
                data = form if method == "post" else None
                getattr(world.client("anonymous"), method)(path, data, headers=headers)
            if written and not written[0].startswith(COUNTED):
                unasked.append((path, written[0][:60]))
    assert not unasked


def test_the_walk_sees_what_is_written(cast: Cast) -> None:
    client = Client()
    with writes() as written:
        client.post("/account/language/", {"language": "es"})
    assert [sql.startswith(COUNTED) for sql in written] == [True, *[False] * (len(written) - 1)]
    assert any("django_session" in sql for sql in written)


def test_a_challenge_for_a_passkey_leaves_no_row(db: None) -> None:
    client = Client()
    with writes() as written:
        for _ in range(5):
            client.get("/account/two-step/webauthn/login/", headers=AS_SCRIPT)
    assert len(written) == 5
    assert all(sql.startswith(COUNTED) for sql in written)


def names() -> set[str]:
    found = set()
    for route, _ in routes():
        try:
            found.add(resolve(path_of(route)).view_name)
        except Resolver404:
            found.add(route)
    return found


def test_the_door_knows_only_addresses_that_there_are(world: World) -> None:
    there = names() | set(world.paths)
    assert not (OPENED.keys() | SENT.keys() | ASKED_INSIDE.keys()) - there


@pytest.mark.parametrize("role", ["anonymous", "buyer", "superuser"])
def test_all_that_is_sent_is_under_a_limit(world: World, role: str) -> None:
    free = []
    for path in every_address(world):
        request = RequestFactory().post(path)
        request.user = world.user(role)
        request.resolver_match = resolve(path)
        if not tries_of(request) and request.resolver_match.view_name not in ASKED_INSIDE:
            free.append(path)
    assert not free


def inside(world: World) -> dict[str, Any]:
    """For each that asks by itself, what makes it do so."""
    world.cast.sales.is_superuser = True
    world.cast.sales.save()
    desk = f"/admin/orders/order/{world.issued.pk}/confirmation/"
    return {
        "account_login": lambda: try_password(Client(), world.cast.buyer.email, "wrong"),
        "account_reauthenticate": lambda: reauthenticate(world.client("buyer")),
        "admin:orders_order_confirmation": lambda: world.client("superuser").post(
            desk, {"to": "a@x.example"}
        ),
        **{
            name: lambda name=name: world.client(world.posts[name].who).post(
                world.posts[name].path, world.posts[name].data
            )
            for name in ("company", "company_resend", "order_confirmation")
        },
    }


CODES = {"mfa_authenticate", "mfa_reauthenticate"}  # accounts/test_log_in_limits.py


def test_who_asks_by_itself_does_before_it_writes(world: World) -> None:
    doing = inside(world)
    assert doing.keys() | CODES == ASKED_INSIDE.keys()
    for name, do in doing.items():
        with undone(), writes() as written:
            do()
        assert written, name
        assert written[0].startswith(COUNTED), (name, written[0])


COUNT = {  # modules of the site that count tries
    "portal/web/door.py",
    "portal/web/health.py",  # whether it can be counted
    "portal/accounts/log_in_limits.py",  # passwords and codes, given back where they were right
    "portal/accounts/login.py",
}


def test_pages_count_by_the_door_alone() -> None:
    files = [path for path in (ROOT / "portal").rglob("*.py") if "counters." in path.read_text()]
    assert {str(path.relative_to(ROOT)) for path in files} == COUNT


def test_what_is_sent_costs_one_statement_more(world: World) -> None:
    for name in ("order_new", "draft_delete", "contacts", "company_switch", "order_bulk_go_on"):
        post = world.posts[name]
        with undone(), writes() as written:
            world.client(post.who).post(post.path, post.data)
        assert sum(sql.startswith(COUNTED) for sql in written) == 1, name
