"""The form that sends a confirmation again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.models import User
from notifications.models import Confirmation, Resend
from notifications.rules.recipients import Why
from orders.actions.resending import resend_confirmation
from orders.forms import MAX_ADDRESS, AddressesField
from orders.models import MAX_NOTIFIED, Order


class ResendForm(forms.Form):
    """Starts with whom it was sent to. Who is new gets it in a language that it was written in."""

    to = AddressesField(
        label=_("Send it to"),
        max_length=MAX_NOTIFIED * MAX_ADDRESS,
        help_text=_("Email addresses with commas between them, up to 10."),
        error_messages={"required": _("Enter at least one address.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), help_text=_("For addresses that did not get it before.")
    )

    def __init__(
        self, data: Any = None, *, confirmation: Confirmation, languages: Sequence[str]
    ) -> None:
        # who else got it is for the other company to know
        ours = {each.company for each in confirmation.told if each.why is Why.ORDERER}
        told = [each.address for each in confirmation.told if each.company in ours]
        super().__init__(data, initial={"to": ", ".join(told[:MAX_NOTIFIED])})
        names = dict(settings.LANGUAGES)
        choice = self.fields["language"]
        # of a ChoiceField, which the stubs know as a Field only
        choice.choices = [(code, names[code]) for code in languages]  # type: ignore[attr-defined]
        if len(languages) == 1:
            del self.fields["language"]
        self.languages = languages

    def resend(self, order: Order, *, by: User) -> Resend:
        """Call when valid."""
        return resend_confirmation(
            order,
            to=self.cleaned_data["to"],
            language=self.cleaned_data.get("language", self.languages[0]),
            by=by,
        )
