"""The second factor. The desk requires it of staff; a company may require it of its members."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.factors import FACTORS, has_second_factor
from companies.models import Company, User
from portal.accounts import one_time_codes
from portal.accounts.log_in_limits import CountedCode
from portal.accounts.login import Worded
from portal.accounts.passkeys import AnswerField, Asked, blamed_on_the_answer
from portal.web.requests import user_of


def is_missing(request: HttpRequest) -> bool:
    """Whether this session has not proven a second factor.

    The session counts, not the user alone: a session that began with the password only does not
    become trusted when another session sets up a factor.
    """
    records = get_authentication_records(request, request.user)
    passed = any(record["method"] == "mfa" for record in records)
    return not (passed and has_second_factor(user_of(request)))


def company_that_asks(request: HttpRequest) -> Company | None:
    """The first of the user's companies that requires a second factor of its members, if any.

    One is enough, even if the user looks at another company: pages show the data of all of them.
    """
    asking = (membership.company for membership in user_of(request).own_memberships)
    return next((company for company in asking if company.second_factor_required), None)


def lead_to_it(request: HttpRequest, why: str, *, then: str | None = None) -> HttpResponseRedirect:
    """Leads to the page to prove the second factor, or to set one up and read why it is required.

    After the proof the user gets the requested page, or the page of the name `then`.
    """
    if not has_second_factor(user_of(request)):
        messages.warning(request, why)
        return redirect("mfa_index")
    ways = get_adapter().get_reauthentication_methods(request.user)
    url = next(way["url"] for way in ways if way["id"] != "reauthenticate")  # not the password
    next_path = reverse(then) if then else request.get_full_path()
    return HttpResponseRedirect(f"{url}?{urlencode({'next': next_path})}")


def count_as_passed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: Any
) -> None:
    """Counts a newly set-up factor as proven: the user has just used it."""
    if authenticator.type in FACTORS:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=str(authenticator.type)
        )
    if authenticator.type == Authenticator.Type.TOTP:
        one_time_codes.use_up(authenticator, one_time_codes.step_now())


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This was not accepted. Enter the code that your app shows now; each works once."
        ),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


class ActivateTOTPForm(Worded, totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    def clean_code(self) -> str:
        """Checks the code as allauth does, by the same rule as at log-in."""
        code: str = self.cleaned_data["code"]
        if one_time_codes.step_of(self.secret, code) is None:
            raise MFAAdapter().validation_error("incorrect_code")
        return code


class UsedOnce(codes.BaseAuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code of the app, or a recovery code. The database keeps the used ones."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        factors = Authenticator.objects.filter(user=self.user)
        typed = list(factors.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"))
        good = next((each for each in typed if _takes(each, code)), None)
        if good is None:
            if typed:  # first the app, then the recovery codes
                self._emit_authentication_failed(typed[0])
            raise MFAAdapter().validation_error("incorrect_code")
        good.user = self.user
        self.authenticator = good
        return code


class CodeForm(Worded, CountedCode, UsedOnce):
    """A code for a second factor. Wrong codes count."""


def _takes(factor: Authenticator, code: str) -> bool:
    if factor.type == Authenticator.Type.TOTP:
        return one_time_codes.take(factor, code)
    return bool(factor.wrap().validate_code(code))


class AuthenticateForm(CodeForm, codes.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ReauthenticateForm(CodeForm, codes.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class AddPasskeyForm(Worded, webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.help_text = gettext_lazy(
            "No email, no password. Your browser asks for your fingerprint, face, or PIN."
        )

    def clean(self) -> dict[str, Any]:
        with blamed_on_the_answer():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class RenamePasskeyForm(Worded, webauthn.EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    pass


class PasskeyForm(Asked, Worded, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of a log-in."""


class PasskeyLoginForm(Asked, Worded, webauthn.LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A log-in without a password."""


class PasskeyAgainForm(Asked, Worded, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A passkey, proven again before the account is changed."""
