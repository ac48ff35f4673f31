"""The second factor: required of staff at the sales desk, except in demo mode."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as webauthn
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import User
from portal.accounts import Worded
from portal.passkeys import AnswerField, blamed_on_the_answer

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes come with them


def is_missing(request: HttpRequest) -> bool:
    """Whether this session has not proven a second factor, though it must.

    It is the session that counts, not the user alone: one that began with the password
    only does not become trusted when another sets up a factor.
    """
    if settings.DEMO:
        return False
    records = get_authentication_records(request, request.user)
    passed = any(record["method"] == "mfa" for record in records)
    return not (passed and is_mfa_enabled(request.user, FACTORS))


def lead_to_it(request: HttpRequest) -> HttpResponseRedirect:
    """To prove the second factor, or to set one up."""
    if not is_mfa_enabled(request.user, FACTORS):
        text = _("The sales desk asks for two-step verification. Set it up once, then go on.")
        messages.warning(request, text)
        return redirect("mfa_index")
    ways = get_adapter().get_reauthentication_methods(request.user)
    url = next(way["url"] for way in ways if way["id"] != "reauthenticate")  # that is the password
    return HttpResponseRedirect(f"{url}?{urlencode({'next': request.get_full_path()})}")


def count_as_passed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: Any
) -> None:
    """Whoever sets up a factor has just used it: no need to ask for it again."""
    if authenticator.type in FACTORS:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=str(authenticator.type)
        )


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
    pass


class AuthenticateForm(Worded, codes.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ReauthenticateForm(Worded, codes.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class AddPasskeyForm(Worded, webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.help_text = gettext_lazy(
            "No email, no password. Your fingerprint, face, or PIN is asked for instead."
        )

    def clean(self) -> dict[str, Any]:
        with blamed_on_the_answer():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class RenamePasskeyForm(Worded, webauthn.EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    pass
