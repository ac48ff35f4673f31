"""The rule for passwords as Django's validators, and the users who must choose a better one.

The plain password is known only at log-in. If the rule would refuse it today, the session notes
that, and `portal.accounts.first_things` leads to the page. Nothing else about a password is kept.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from companies.factors import has_second_factor
from companies.models import Membership, User
from companies.password_rule import (
    SHORTEST,
    SHORTEST_WITH_FACTOR,
    is_guessable,
    is_too_short,
    words_in,
)
from licensing.models import Family
from portal.accounts import security_log
from portal.web.requests import user_of

COMMON = Path(__file__).with_name("common_passwords.txt")
PRODUCT = "License portal licenses serial number IDIS Vaidio"
RENEW = "password_to_renew"  # in the session: the user, and the reason


class Why(StrEnum):
    TOO_WEAK = "too_weak"
    WITHOUT_FACTOR = "without_factor"  # good enough only with a second factor


class LengthValidator:
    def validate(self, password: str, user: User | None = None) -> None:
        shortest = shortest_for(user)
        if is_too_short(password, shortest):
            text = _("This password is too short. It needs at least %(n)s characters.")
            raise ValidationError(text % {"n": shortest}, code="password_too_short")

    def get_help_text(self) -> str:
        return _(
            "At least %(alone)s characters, or %(beside)s if you log in with two-step "
            "verification or a passkey. Four words that don’t belong together are easy to remember."
        ) % {"alone": SHORTEST, "beside": SHORTEST_WITH_FACTOR}


class GuessableValidator:
    def validate(self, password: str, user: User | None = None) -> None:
        shortest = shortest_for(user)
        if not is_too_short(password, shortest) and _is_guessable(password, user, shortest):
            text = _(
                "This password is easy to guess. Add uncommon words that have nothing to do "
                "with you, your company, or this portal."
            )
            raise ValidationError(text, code="password_guessable")

    def get_help_text(self) -> str:
        return _(
            "Not a common password, a row of keys, or little more than your name or that of your "
            "company or this portal. It needs no digits, capitals, or signs."
        )


def shortest_for(user: User | None) -> int:
    beside = user is not None and user.pk is not None and has_second_factor(user)
    return SHORTEST_WITH_FACTOR if beside else SHORTEST


def _is_guessable(password: str, user: User | None, shortest: int) -> bool:
    words, common = _words_around(user), _common_passwords()
    return is_guessable(password, shortest, words=words, common=common)


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(COMMON.read_text().split())


def _words_around(user: User | None) -> set[str]:
    """Words that a person who knows the user, the company and the portal would try first."""
    texts = [PRODUCT, settings.SALES_EMAIL, urlsplit(settings.PORTAL_URL).hostname or ""]
    for row in Family.objects.values_list("code", "name", "tagline"):
        texts += row
    if user is not None:
        texts += [user.email, user.email.partition("@")[0], user.full_name]
        texts += [membership.company.name for membership in _memberships_of(user)]
    return {word for text in texts for word in words_in(text)}


def _memberships_of(user: User) -> list[Membership]:
    """The user's memberships. An invited person who is no user yet may have one."""
    known: list[Membership] = vars(user).get("own_memberships", [])
    return user.own_memberships if user.pk is not None else known


# Who has to choose a better one ---------------------------------------------------------


def note_weakness(password: str, *, request: HttpRequest, user: User) -> None:
    """Notes at log-in whether the password that the user has just proven must be renewed."""
    if not _is_refused(password, user, SHORTEST):
        was_renewed(request)
        return
    weak = _is_refused(password, user, SHORTEST_WITH_FACTOR)
    request.session[RENEW] = [user.pk, Why.TOO_WEAK if weak else Why.WITHOUT_FACTOR]
    security_log.note(security_log.Event.PASSWORD_WEAK, user=user)


def _is_refused(password: str, user: User, shortest: int) -> bool:
    return is_too_short(password, shortest) or _is_guessable(password, user, shortest)


def was_renewed(request: HttpRequest, **_signal: Any) -> None:
    request.session.pop(RENEW, None)


def has_to_be_renewed(request: HttpRequest) -> bool:
    """No statement; one if the password is good enough only with a second factor."""
    whose, why = request.session.get(RENEW, (None, None))
    user = user_of(request)
    if whose != user.pk:
        return False
    return why == Why.TOO_WEAK or not has_second_factor(user)


def lead_to_it(request: HttpRequest) -> HttpResponse:
    weak = _("Your password does not meet today’s rule. Choose a new one, then go on.")
    short = _(
        "Your password has fewer characters than today’s rule asks for. Choose a longer one, or "
        "set up two-step verification, then go on."
    )
    _whose, why = request.session[RENEW]
    messages.warning(request, weak if why == Why.TOO_WEAK else short)
    return redirect("account_change_password")
