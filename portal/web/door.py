"""Checks the limits before a view is called, and counts the request by its address.

Whatever is sent counts; what has no line here, as a change. A few views count by themselves,
since only they know for what, and stand in `ASKED_INSIDE`. What is refused is answered by
`portal.web.too_many_tries`, there and here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from limits import counters, declared
from limits.declared import Limit, Try
from limits.wording import wait
from portal.accounts import passkey_log_in
from portal.accounts.log_in_limits import tries_of_reset
from portal.web import too_many_tries
from portal.web.clients import client_of

Ask = Callable[[HttpRequest], list[Try]]


def by_client(limit: Limit) -> Ask:
    return lambda request: [limit.of(client_of(request))]


def by_user(limit: Limit) -> Ask:
    """Counts for the user; without a log-in, for the client."""

    def ask(request: HttpRequest) -> list[Try]:
        if request.user.is_authenticated:
            return [limit.of(request.user.pk)]
        return [declared.ANONYMOUS.of(client_of(request))]

    return ask


def _search(request: HttpRequest) -> list[Try]:
    asks = request.user.is_authenticated and request.GET.get("q")
    return [declared.SEARCH.of(request.user.pk)] if asks else []


OPENED: dict[str, Ask] = {
    "installations": _search,
    "account_reset_password_from_key": by_client(declared.RESET_LINK),
    "mfa_login_webauthn": passkey_log_in.tries,
    "serial_entered": by_client(declared.LINK),
}
SENT: dict[str, Ask] = {
    "account_reset_password": tries_of_reset,
    "account_reset_password_from_key": by_client(declared.RESET_LINK),
    "account_change_password": by_user(declared.PASSWORD_CHANGE),
    "account_set_password": by_user(declared.PASSWORD_CHANGE),
    "account_email": by_user(declared.ADDRESS_CHANGE),
    "mfa_login_webauthn": passkey_log_in.tries,
    "invitation": by_client(declared.LINK),
    "mail_unsubscribe": by_client(declared.LINK),
    "mail_wishes": by_client(declared.LINK),
    "order_answer": by_client(declared.LINK),
    "serial_entered": by_client(declared.LINK),
    "draft": by_user(declared.ORDER_FORM),
    "order_new": by_user(declared.ORDER_FORM),
    "order_serial": by_user(declared.ORDER_FORM),
    "order_bulk": by_user(declared.BULK),
    "order_bulk_go_on": by_user(declared.BULK_STEP),
}
ASKED_INSIDE = {
    "account_login": "Each password, for the account typed: portal.accounts.log_in_limits.",
    "account_reauthenticate": "The same.",
    "mfa_authenticate": "Each code, for who logs in: portal.accounts.log_in_limits.",
    "mfa_reauthenticate": "The same.",
    "company": "An invitation, for its company: portal.customers.company.company_views.",
    "company_resend": "The same.",
    "order_confirmation": "A confirmation sent again, for its order: portal.order.confirmation.",
    "admin:orders_order_confirmation": "The same.",
}


class AskLimits:
    """The middleware. It needs the user, so it stands behind the middleware that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return too_many_tries.as_said(request, self._get_response(request))

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        tries = tries_of(request)
        return refused(request, tries) if tries else None


def tries_of(request: HttpRequest) -> list[Try]:
    match = request.resolver_match
    name = match.view_name if match else ""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return OPENED[name](request) if name in OPENED else []
    if name in ASKED_INSIDE:
        return []
    return SENT.get(name, by_user(declared.CHANGE))(request)


# Also for views that ask by themselves; in the text is `%(time)s` ------------------------


def refused(request: HttpRequest, tries: Sequence[Try], text: str = "") -> HttpResponse | None:
    """Counts them. The answer, where it was one too many."""
    seconds = counters.count(*tries).seconds
    if not seconds:
        return None
    return too_many_tries.refusal(request, seconds, text % {"time": wait(seconds)})


def is_within(request: HttpRequest, tries: Sequence[Try], form: BaseForm, text: str) -> bool:
    """Counts them. Where it was one too many, the form says so and keeps what was typed."""
    seconds = counters.count(*tries).seconds
    if seconds:
        form.add_error(None, text % {"time": wait(seconds)})
        too_many_tries.say(request, seconds)
    return not seconds
