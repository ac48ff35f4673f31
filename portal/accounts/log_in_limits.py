"""Limits of wrong passwords and codes. They stop a machine that tries many, and no other user.

Tries count for the account together with the client, or with the browser if it is known. They also
count for the account over all clients; beyond that limit only a known browser, a passkey or a new
password lets the user in. Addresses without an account are counted and answered alike.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.http import HttpRequest

from companies.models import User
from limits import counters, declared
from limits.counters import Counted, Verdict
from limits.declared import Limit, Try
from limits.wording import wait
from portal.accounts.known_browser import known_browser
from portal.web import too_many_tries
from portal.web.clients import client_of
from texts.addresses import stored_form


def count_password(request: HttpRequest, address: str) -> list[Counted]:
    """Counts a try before the password is checked, so that parallel tries are no extra tries.

    Raises ValidationError.
    """
    account = stored_form(address)
    known = known_browser(request, lambda user: stored_form(user.email) == account)
    return _count(request, account, known, declared.LOG_IN, declared.LOG_IN_ACCOUNT)


def count_code(request: HttpRequest, user: User) -> list[Counted]:
    """Counts a try of a code of the second factor in the same way."""
    known = known_browser(request, user.__eq__)
    account = stored_form(user.email)
    return _count(request, account, known, declared.CODE, declared.CODE_ACCOUNT)


def forget_wrong_ones(user: User, **_signal: Any) -> None:
    """Starts a new count for a new password: earlier tries say nothing about it."""
    account = stored_form(user.email)
    counters.forget(declared.LOG_IN_ACCOUNT.of(account), declared.CODE_ACCOUNT.of(account))


def _count(
    request: HttpRequest, account: str, known: str | None, pair: Limit, total: Limit
) -> list[Counted]:
    """Counts a try. A known browser is refused only for the tries that it made itself."""
    client = client_of(request)
    place = f"browser:{known}" if known else client
    tries = [pair.of(place, account), declared.LOG_IN_CLIENT.of(client), total.of(account)]
    verdict = counters.count(*tries)
    stopping = verdict.over & {pair} if known else verdict.over
    if stopping:  # no password was checked, so nothing is logged as a failure
        counters.give_back(each for each in verdict.counted if not each.is_over)
        seconds = Verdict([each for each in verdict.counted if each.limit in stopping]).seconds
        tried = User.objects.with_address(account).first()
        too_many_tries.say(request, seconds, account=tried)
        raise get_adapter().validation_error(
            "account_closed_to_strangers" if total in stopping else "too_many_login_attempts",
            wait(seconds),
        )
    return list(verdict.counted)


class CountedCode:
    """A part of forms that ask `self.user` for a code: it counts the tries."""

    user: User

    def clean_code(self) -> str:
        counted = count_code(context.request, self.user)
        code: str = super().clean_code()  # type: ignore[misc]  # of allauth's forms
        counters.give_back(counted)
        return code


# New passwords by mail ------------------------------------------------------------------


def tries_of_reset(request: HttpRequest) -> list[Try]:
    client = client_of(request)
    account = stored_form(request.POST.get("email", ""))
    return [declared.RESET_CLIENT.of(client), declared.RESET.of(client, account)]


def may_be_mailed(request: HttpRequest, address: str, *, has_account: bool) -> bool:
    """Counts a mail that a person, perhaps a stranger, requested for that address."""
    account = stored_form(address)
    if has_account:
        return not counters.count(declared.RESET_MAIL.of(account)).over
    client = client_of(request)
    tries = [declared.STRANGER_MAIL.of(account), declared.STRANGER_CLIENT.of(client)]
    return not counters.count(*tries).over
