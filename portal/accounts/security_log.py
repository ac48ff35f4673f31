"""Events of accounts as lines of the log, for the people who watch over them.

Each line has a name of the list below and the numbers of the users concerned. No line has an
address, name, password, code or token. The client's network address stands in the proxy's log; its
line and ours share the request's id. A typed address is looked up, so that tries against one
account can be counted; for an unknown account the line has null. `docs/operations.md` explains each
line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponse

from companies.models import MembershipEvent, User
from portal.web import too_many_tries

logger = logging.getLogger(__name__)


class Event(StrEnum):
    LOGIN_FAILED = "log-in failed"
    WRONG_PASSWORD = "password wrong"  # noqa: S105 - a name; by a user who is logged in
    WRONG_CODE = "code wrong"
    LOCKED_OUT = "locked out"
    RIGHT_REFUSED = "right refused"
    RESET_ASKED = "reset asked"
    RESET_DONE = "reset done"
    LINK_MAILED = "password link mailed"  # by staff
    PASSWORD_CHANGED = "password changed"  # noqa: S105 - a name
    PASSWORD_WEAK = "password to be renewed"  # noqa: S105 - a name
    ADDRESS_CHANGED = "address changed"
    FACTOR_ADDED = "factor added"
    FACTOR_REMOVED = "factor removed"
    FACTORS_RESET = "factors reset"  # by staff
    CODES_RENEWED = "recovery codes renewed"
    FACTOR_ASKED = "factor asked by company"
    FACTOR_FREE = "factor no longer asked by company"


WARNINGS = {
    Event.LOGIN_FAILED,
    Event.WRONG_PASSWORD,
    Event.WRONG_CODE,
    Event.LOCKED_OUT,
    Event.RIGHT_REFUSED,
}
ASKED = {
    MembershipEvent.What.FACTOR_ASKED: Event.FACTOR_ASKED,
    MembershipEvent.What.FACTOR_FREE: Event.FACTOR_FREE,
}
# The codes of refusals by allauth's forms
REFUSALS = {
    "enter_current_password": Event.WRONG_PASSWORD,
    "incorrect_password": Event.WRONG_PASSWORD,
    "incorrect_code": Event.WRONG_CODE,  # typed, or from a passkey
}


def note(event: Event, *, user: User | None = None, **facts: str | int | None) -> None:
    """Writes one line. `user` is the account concerned; each line also has the request's user."""
    level = logging.WARNING if event in WARNINGS else logging.INFO
    about = {"account": user.pk if user is not None else None}
    logger.log(level, event.value, extra={**about, **facts})


def account_of(address: object) -> User | None:
    """The user with the typed address, if there is one."""
    return User.objects.with_address(str(address)).first()


def note_refusal(error: object, *, user: User | None, typed: object = None) -> None:
    """Writes a line for a form's refusal, if it is one of the listed codes."""
    code = error.code if isinstance(error, ValidationError) and hasattr(error, "code") else None
    if event := REFUSALS.get(code or ""):
        note(event, user=user or account_of(typed))


class SecurityLog:
    """Middleware. It logs refusals to users who are logged in, and every limit that is reached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            said = too_many_tries.said(request)
            tried = said.account if said else None
            note(Event.LOCKED_OUT, user=tried or _user(request), view=_view(request))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        user = _user(request)
        if isinstance(exception, PermissionDenied) and user is not None:
            note(Event.RIGHT_REFUSED, user=user, view=_view(request))


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _view(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


# Signals --------------------------------------------------------------------------------


def connect() -> None:
    """Connects the receivers when the site starts. Their names in this module keep them alive."""
    user_login_failed.connect(_login_failed)
    factors.authenticator_added.connect(_factor_added)
    factors.authenticator_removed.connect(_factor_removed)
    factors.authenticator_reset.connect(_codes_renewed)
    account.password_reset.connect(_reset_done)
    account.password_changed.connect(_password_changed)
    account.password_set.connect(_password_changed)
    account.email_changed.connect(_address_changed)
    post_save.connect(_company_event, sender=MembershipEvent)


def _login_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    """Logs a failed log-in. For a user who is logged in, the form that asks again logs it."""
    if request is None or _user(request) is None:
        note(Event.LOGIN_FAILED, user=account_of(credentials.get("email", "")))


def _factor_added(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    note(Event.FACTOR_ADDED, user=user, factor=authenticator.type)


def _factor_removed(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    note(Event.FACTOR_REMOVED, user=user, factor=authenticator.type)


def _codes_renewed(user: User, **_signal: Any) -> None:
    note(Event.CODES_RENEWED, user=user)


def _reset_done(user: User, **_signal: Any) -> None:
    note(Event.RESET_DONE, user=user)


def _password_changed(user: User, **_signal: Any) -> None:
    note(Event.PASSWORD_CHANGED, user=user)


def _address_changed(user: User, **_signal: Any) -> None:
    note(Event.ADDRESS_CHANGED, user=user)


def _company_event(instance: MembershipEvent, created: bool, **_signal: Any) -> None:
    event = ASKED.get(MembershipEvent.What(instance.what))
    if created and event is not None:
        note(event, user=instance.by, company=instance.company_id)
