"""The forms about members: to invite somebody, and to accept an invitation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import SetPasswordMixin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from companies import actions
from companies.address_fields import AddressFormField
from companies.models import Company, Invitation, Membership, Role, User
from companies.plain_text import validate_one_line
from companies.policies import MembershipRefused
from companies.text_fields import TextFormField
from companies.wording import WHAT_ROLES_DO, sentence


class InviteForm(forms.Form):
    email = AddressFormField(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter the address of the person to invite."),
            "invalid": _("Enter an address like name@company.com."),
        },
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.VIEWER,
        error_messages={
            "required": _("Choose a role."),
            "invalid_choice": _("Choose one of the roles in the list."),
        },
    )

    def invite(self, *, company: Company, by: User) -> Invitation | None:
        """Sends the invitation, or shows the refusal at the field; call it on a valid form."""
        try:
            return actions.invite(company=company, by=by, **self.cleaned_data)
        except MembershipRefused as refusal:
            self.add_error("email", sentence(refusal.problem))
        except ValidationError as error:
            self.add_error(None, error)
        return None


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class JoinForm(SetPasswordMixin, forms.Form):
    """A person without an account makes one with the invitation."""

    full_name = TextFormField(
        label=_("Your name"),
        max_length=150,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name. Your colleagues see it.")},
    )
    password1 = forms.CharField(
        label=_("New password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html(),
        error_messages={"required": _("Choose a password.")},
    )
    password2 = forms.CharField(
        label=_("New password again"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Enter the same password again.")},
    )
    error_messages = {"password_mismatch": _("The two passwords differ. Enter the same twice.")}

    def __init__(self, data: Any = None, *, invitation: Invitation) -> None:
        """The password must resemble neither the invited address nor the company."""
        super().__init__(data)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.validate_passwords()
        user = User(email=self.invitation.email, full_name=cleaned.get("full_name", ""))
        user.own_memberships = [Membership(user=user, company=self.invitation.company)]
        self.validate_password_for_user(user, "password1")
        return cleaned

    def join(self, *, token: str, language: str) -> Membership:
        """Makes the account, in that language, and the member; call it when the form is valid.

        Raises MembershipRefused.
        """
        return actions.accept_with_new_account(
            token=token,
            full_name=self.cleaned_data["full_name"],
            password=self.cleaned_data["password1"],
            language=language,
        )


def roles_explained() -> list[tuple[str, Any, Any]]:
    """Each role with its label and what its members may do, for the page beside the form."""
    return [(role.value, role.label, WHAT_ROLES_DO[role]) for role in Role]
