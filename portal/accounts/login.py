"""Log-in by email, in one form for customers and staff, without sign-up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import EMAIL_CONFIRMATION_EXPIRE_DAYS
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailConfirmationMixin
from allauth.core import context as allauth_context
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import MaxLengthValidator
from django.forms import CharField, EmailField, PasswordInput
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from companies.addresses import validate_can_be_written_to
from companies.models import Membership, User
from companies.password_rule import normal
from companies.text_fields import as_seen
from limits import counters
from outbox.actions import ends
from outbox.links import mailed_link
from portal.accounts import log_in_limits, passwords, security_log
from texts.addresses import MAX_ADDRESS, stored_form

LINKS_LIVE = {  # by mail template; the mail expires with its link
    "account/email/welcome": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account/email/password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account/email/email_confirmation": timedelta(days=EMAIL_CONFIRMATION_EXPIRE_DAYS),
}


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """Finds the user by their own address; allauth would also accept a new, unconfirmed one."""
        user = User.objects.with_address(email).first()
        checked: User | None = self._check_password(user, password)
        return checked

    def _mitigate_timing_attack(self, password: str) -> None:
        """Hashes as often as `User.check_password` does."""
        for each in dict.fromkeys((normal(password), password)):
            super()._mitigate_timing_attack(each)

    def get_user(self, user_id: int) -> User | None:
        """The user of a session with their memberships, which every page needs.

        One statement; one more for a user without memberships.
        """
        memberships = Membership.objects.filter(user=user_id, user__is_active=True)
        found = list(memberships.in_order_of_companies().select_related("user"))
        user = found[0].user if found else User.objects.filter(pk=user_id, is_active=True).first()
        if user is not None:
            user.own_memberships = found
        return user


MAILED_ON_REQUEST = {  # mails that anybody can request: to addresses with an account and to others
    "account/email/password_reset_key": True,
    "account/email/unknown_account": False,
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Email or password is wrong. Check both, or reset your password."
        ),
        "too_many_login_attempts": _(
            "Too many tries in a row. Wait %s, then try again, or reset your password."
        ),
        "account_closed_to_strangers": _(
            "Too many wrong tries at this account. Log in with a passkey, or in a browser where "
            "you have logged in before, or reset your password. Else wait %s."
        ),
        "incorrect_password": _("This is not your password. Try again."),
        "duplicate_email": _("You have given this address already."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Counts a wrong password. A right one is not counted."""
        counted = log_in_limits.count_password(request, credentials.get("email", ""))
        user: User | None = super().authenticate(request, **credentials)
        if user:
            counters.give_back(counted)
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Renders every mail, so that all requests take as long; sends those within the limit."""
        has_account = MAILED_ON_REQUEST.get(template_prefix)
        request = allauth_context.request
        if has_account is None or log_in_limits.may_be_mailed(
            request, email, has_account=has_account
        ):
            super().send_mail(template_prefix, email, context)
        else:
            known = {"request": request, "email": email, **context}
            self.render_mail(template_prefix, email, known)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Adds the user to the template's context, which allauth leaves out."""
        known = {"user": user, **(context or {})}
        super().send_notification_mail(template_prefix, user, known, email)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Renders in the recipient's language; for an address without an account, in the page's."""
        user = context.get("user")
        language = user.language if user else translation.get_language()
        with translation.override(language):
            mail: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        mail.reply_to = [settings.SALES_EMAIL]
        if life := LINKS_LIVE.get(template_prefix):
            ends(mail, timezone.now() + life)
        return mail

    def clean_email(self, email: str) -> str:
        """The stored form of every new address that allauth asks about."""
        stored = stored_form(email)
        validate_can_be_written_to(stored)
        return stored

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Sends it to the address of the account, whatever was typed to find the user."""
        super().send_password_reset_mail(user, user.email, context)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._mailed(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationMixin
    ) -> str:
        return self._mailed(super().get_email_confirmation_url(request, emailconfirmation))

    @staticmethod
    def _mailed(url: str) -> str:
        """Our own address: allauth takes the host of the request, which a client may choose."""
        return mailed_link(urlsplit(url).path)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always no: an owner or a sales admin adds people."""
        return False


def _as_seen_by(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: read(as_seen(value))


class Worded:
    """A part of forms: our labels, no placeholder that repeats them, a limit for every input."""

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
            if isinstance(field, CharField) and not isinstance(field.widget, PasswordInput):
                vars(field)["to_python"] = _as_seen_by(field.to_python)
            if isinstance(field, EmailField) or getattr(field, "max_length", 0) is None:
                field.validators.append(MaxLengthValidator(MAX_ADDRESS))

    def add_error(self, field: str | None, error: Any) -> None:
        """Logs each refusal of a form about an account."""
        user, typed = getattr(self, "user", None), getattr(self, "data", {}).get("login", "")
        security_log.note_refusal(error, user=user, typed=typed)
        super().add_error(field, error)  # type: ignore[misc]  # of the form that it is mixed into


class LoginForm(Worded, forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def clean_login(self) -> str:
        """Uses the stored form for look-up and count: all spellings share the limit."""
        return stored_form(super().clean_login())

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        passwords.note_weakness(self.cleaned_data["password"], request=request, user=self.user)
        response: HttpResponse = super().login(request, redirect_url)
        return response


class ChangePasswordForm(Worded, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class SetPasswordForm(Worded, forms.SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ResetPasswordForm(Worded, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    def clean_email(self) -> str:
        """Mails the link only to the user's own address, never to an unconfirmed one.

        The tries are counted by the stored form.
        """
        email = AccountAdapter().clean_email(self.cleaned_data["email"])
        self.users = list(User.objects.with_address(email).filter(is_active=True))
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
        """Checks the password's strength: a log-in by passkey has not done it."""
        password: str = super().clean_password()
        passwords.note_weakness(password, request=allauth_context.request, user=self.user)
        return password
