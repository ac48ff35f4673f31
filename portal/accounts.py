"""How people log in: by email, in one form for customers and staff, without sign-up."""

import json
from typing import Any, ClassVar

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from django.core.mail import EmailMessage
from django.core.validators import MaxLengthValidator
from django.forms import CharField, JSONField
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, User
from companies.password_rule import normal
from portal import passwords, security_log


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """By the user's own address; allauth would also take a new one not confirmed yet."""
        user = User.objects.filter(email__iexact=email).first()
        checked: User | None = self._check_password(user, password)
        return checked

    def _mitigate_timing_attack(self, password: str) -> None:
        """As many hashes as `User.check_password` costs."""
        for each in dict.fromkeys((normal(password), password)):
            super()._mitigate_timing_attack(each)

    def get_user(self, user_id: int) -> User | None:
        """The user of a session with their places in companies, which every page asks about.

        One statement; one more for who has none.
        """
        places = Membership.objects.filter(user=user_id, user__is_active=True)
        found = list(places.in_order_of_companies().select_related("user"))
        user = found[0].user if found else User.objects.filter(pk=user_id, is_active=True).first()
        if user is not None:
            user.places = found
        return user


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Email or password is wrong. Check both, or reset your password."
        ),
        "too_many_login_attempts": _(
            "Too many tries in a row. Wait five minutes, then try again, or reset your password."
        ),
        "incorrect_password": _("This is not your password. Try again."),
        "duplicate_email": _("You have given this address already."),
        "rate_limited": _("Too many tries in a row. Wait a few minutes, then try again."),
    }

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """allauth's own tells the template nothing of the user."""
        known = {"user": user, **(context or {})}
        super().send_notification_mail(template_prefix, user, known, email)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """In the language of the user that it is for; else, nobody's account, in the page's."""
        user = context.get("user")
        language = user.language if user else translation.get_language()
        with translation.override(language):
            mail: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return mail

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an owner or a sales admin adds people."""
        return False


class MaxWritten(MaxLengthValidator):
    """Of JSON, as it is written."""

    def clean(self, x: Any) -> int:
        return len(json.dumps(x))


class Worded:
    """Labels in our words, no placeholder that repeats them, and a limit for every input."""

    longest: ClassVar = {"credential": 20_000}  # characters; what a passkey answers is JSON
    labels: ClassVar[dict[str, Any]] = {
        "login": _("Email"),
        "email": _("Email"),
        "oldpassword": _("Current password"),
        "password": _("Password"),
        "password1": _("New password"),
        "password2": _("New password again"),
        "code": _("Code"),
        "name": _("Name"),
        "passwordless": _("Log in with this passkey alone"),
    }
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, CharField) and field.max_length is None:
                longest = MaxWritten if isinstance(field, JSONField) else MaxLengthValidator
                field.validators.append(longest(self.longest.get(name, 254)))

    def add_error(self, field: str | None, error: Any) -> None:
        """All that a form about an account refuses comes by here."""
        user, typed = getattr(self, "user", None), getattr(self, "data", {}).get("login", "")
        security_log.note_refusal(error, user=user, typed=typed)
        super().add_error(field, error)  # type: ignore[misc]  # of the form that it is mixed into


class LoginForm(Worded, forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        passwords.look_at(self.cleaned_data["password"], request=request, user=self.user)
        response: HttpResponse = super().login(request, redirect_url)
        return response


class ChangePasswordForm(Worded, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class SetPasswordForm(Worded, forms.SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ResetPasswordForm(Worded, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    def clean_email(self) -> str:
        """Nobody but the user's own address gets the link, above all no unconfirmed one."""
        email: str = self.cleaned_data["email"]
        self.users = list(User.objects.filter(email__iexact=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        user = self.users[0] if self.users else None
        security_log.note(security_log.Event.RESET_ASKED, user=user)
        email: str = super().save(request, **kwargs)
        return email


class ResetPasswordKeyForm(Worded, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    pass


class NewEmailForm(Worded, forms.AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    labels: ClassVar = {"email": _("New email")}


class ReauthenticateForm(Worded, forms.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    def clean_password(self) -> str:
        """A session that began with a passkey learns here what the password is like."""
        password: str = super().clean_password()
        passwords.look_at(password, request=context.request, user=self.user)
        return password
