"""How people log in: by email, in one form for customers and staff, without sign-up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import LoginForm as BaseLoginForm
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, Role, User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def get_user(self, user_id: int) -> User | None:
        """The user of a session, with what every page asks about, in one statement."""
        buys = Membership.objects.filter(
            user=OuterRef("pk"), role__in=Role.may_order(), company__active=True
        )
        user = User.objects.annotate(buys=Exists(buys)).filter(pk=user_id, is_active=True).first()
        if user is not None:
            user.may_order = user.buys
        return user


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an owner or a sales admin adds people."""
        return False


class LoginForm(BaseLoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Email")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
