"""Two at the same moment, with real threads and real transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, models

from companies import actions
from companies.models import Invitation, Membership, Role, User
from companies.policies import AccountExists, AlreadyInvited, LastOwner, MembershipRefused
from tests.cast import PASSWORD, Cast, member
from tests.companies.mail import newest_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

only_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'",
    reason="SQLite has one writer at a time; the race can't be shown there",
)


def both(*calls: Callable[[], Any]) -> list[Any]:
    """The result or the refusal of each call, all of them begun at once."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        try:
            return call()
        except (MembershipRefused, PermissionDenied) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def two_owners(cast: Cast) -> tuple[Membership, Membership]:
    member("second@dealer.example", cast.harbor, Role.OWNER)
    first, second = cast.harbor.memberships.filter(role=Role.OWNER).select_related("user")
    return first, second


def owners(cast: Cast) -> int:
    return cast.harbor.memberships.filter(role=Role.OWNER).count()


def test_two_owners_who_remove_each_other_leave_one(cast: Cast) -> None:
    first, second = two_owners(cast)
    results = both(
        lambda: actions.remove_member(first, by=second.user),
        lambda: actions.remove_member(second, by=first.user),
    )
    assert owners(cast) == 1
    assert [type(result) for result in results if result] == [PermissionDenied]


def test_two_owners_who_leave_at_once_leave_one(cast: Cast) -> None:
    first, second = two_owners(cast)
    results = both(
        lambda: actions.remove_member(first, by=first.user),
        lambda: actions.change_role(second, role="viewer", by=second.user),
    )
    assert owners(cast) == 1
    refusals = [result.problem for result in results if isinstance(result, MembershipRefused)]
    assert refusals == [LastOwner()]


@only_postgresql
def test_control_without_the_lock_nobody_is_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **_: rows)
    meeting = threading.Barrier(2)
    count = actions._other_owners

    def count_and_wait(membership: Membership) -> int:
        found = count(membership)
        meeting.wait(timeout=30)
        return found

    monkeypatch.setattr(actions, "_other_owners", count_and_wait)
    first, second = two_owners(cast)
    both(
        lambda: actions.remove_member(first, by=second.user),
        lambda: actions.remove_member(second, by=first.user),
    )
    assert owners(cast) == 0


def test_two_owners_who_invite_the_same_address_send_one_invitation(cast: Cast) -> None:
    first, second = two_owners(cast)
    email = "new@dealer.example"
    results = both(
        *(
            lambda by=by: actions.invite(company=cast.harbor, email=email, role="buyer", by=by)
            for by in (first.user, second.user)
        )
    )
    assert Invitation.objects.count() == 1
    refusals = [result.problem for result in results if isinstance(result, MembershipRefused)]
    assert refusals == [AlreadyInvited(email)]


def test_one_link_opened_twice_at_once_makes_one_account(cast: Cast) -> None:
    actions.invite(company=cast.harbor, email="new@dealer.example", role="buyer", by=cast.owner)
    token = newest_token()
    results = both(*[lambda: accept(token)] * 4)
    assert sum(isinstance(result, Membership) for result in results) == 1
    assert User.objects.filter(email="new@dealer.example").count() == 1


def test_two_companies_invitations_accepted_at_once_make_one_account(cast: Cast) -> None:
    expect_one_account(invite_twice(cast))


@only_postgresql
def test_the_same_when_neither_saw_the_others_account(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)
    create = User.objects.create_user
    tokens = invite_twice(cast)

    def meet_and_create(*args: Any, **fields: Any) -> User:
        meeting.wait(timeout=30)
        return create(*args, **fields)

    monkeypatch.setattr(User.objects, "create_user", meet_and_create)
    expect_one_account(tokens)


def test_a_link_that_is_replaced_while_it_is_opened_is_dead(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = actions.invite(
        company=cast.harbor, email="new@dealer.example", role="buyer", by=cast.owner
    )
    token, lock = newest_token(), actions._lock_invitation

    def replaced_first(found: Invitation) -> Invitation:
        monkeypatch.setattr(actions, "_lock_invitation", lock)
        actions.resend_invitation(invitation, by=cast.owner)
        return lock(found)

    monkeypatch.setattr(actions, "_lock_invitation", replaced_first)
    with pytest.raises(MembershipRefused):
        accept(token)
    assert not User.objects.filter(email="new@dealer.example").exists()


def invite_twice(cast: Cast) -> list[str]:
    """The tokens of two companies' invitations of one address."""
    tokens = []
    for company, by in ((cast.harbor, cast.owner), (cast.summit, cast.outsider)):
        actions.invite(company=company, email="new@dealer.example", role="buyer", by=by)
        tokens.append(newest_token())
    return tokens


def expect_one_account(tokens: list[str]) -> None:
    results = both(*(lambda t=token: accept(t) for token in tokens))
    refusals = [result.problem for result in results if isinstance(result, MembershipRefused)]
    assert refusals == [AccountExists()]
    assert sum(isinstance(result, Membership) for result in results) == 1
    assert User.objects.filter(email="new@dealer.example").count() == 1


def accept(token: str) -> Membership:
    return actions.accept_with_new_account(token=token, full_name="N", password=PASSWORD)
