"""How people log in: by email, in one form for customers and staff, without sign-up."""

from typing import Any, ClassVar

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
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
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an owner or a sales admin adds people."""
        return False


class Worded:
    """Labels in our words: sentence case, and no placeholder that repeats them."""

    labels: ClassVar[dict[str, Any]] = {
        "login": _("Email"),
        "email": _("Email"),
        "oldpassword": _("Current password"),
        "password": _("Password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Worded, forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ChangePasswordForm(Worded, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class SetPasswordForm(Worded, forms.SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ResetPasswordForm(Worded, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ResetPasswordKeyForm(Worded, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    pass
