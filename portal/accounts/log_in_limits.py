"""Wrong passwords and codes: a machine that tries many is stopped, and nobody else is shut out.

They are counted for the account together with the client, or with the browser where that is
known; and for the account however many clients, after which only a known browser, a passkey or a
new password lets in. Addresses without an account are counted and answered alike.
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
    """Before it is looked at, so that many at once are no more. Raises ValidationError."""
    account = stored_form(address)
    known = known_browser(request, lambda user: stored_form(user.email) == account)
    return _count(request, account, known, declared.LOG_IN, declared.LOG_IN_ACCOUNT)


def count_code(request: HttpRequest, user: User) -> list[Counted]:
    """The same for a code of the second factor."""
    known = known_browser(request, user.__eq__)
    account = stored_form(user.email)
    return _count(request, account, known, declared.CODE, declared.CODE_ACCOUNT)


def forget_wrong_ones(user: User, **_signal: Any) -> None:
    """With a new password begins a new count: what was tried before says nothing about it."""
    account = stored_form(user.email)
    counters.forget(declared.LOG_IN_ACCOUNT.of(account), declared.CODE_ACCOUNT.of(account))


def _count(
    request: HttpRequest, account: str, known: str | None, pair: Limit, total: Limit
) -> list[Counted]:
    """Whom a known browser belongs to is refused for what was tried there, and for nothing else."""
    client = client_of(request)
    place = f"browser:{known}" if known else client
    tries = [pair.of(place, account), declared.LOG_IN_CLIENT.of(client), total.of(account)]
    verdict = counters.count(*tries)
    stopping = verdict.over & {pair} if known else verdict.over
    if stopping:  # nothing was looked at: no failure of anybody
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
    """For forms that ask `self.user` for a code."""

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
    """Counts a mail that somebody asked for, perhaps a stranger, to that address."""
    account = stored_form(address)
    if has_account:
        return not counters.count(declared.RESET_MAIL.of(account)).over
    client = client_of(request)
    tries = [declared.STRANGER_MAIL.of(account), declared.STRANGER_CLIENT.of(client)]
    return not counters.count(*tries).over
