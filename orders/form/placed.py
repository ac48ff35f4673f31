"""Forms about a placed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.former_addresses import present
from companies.models import User
from companies.text_fields import TextFormField
from notifications.models import Confirmation, Resend
from notifications.rules.recipients import Why
from orders import actions
from orders.actions.resending import resend_confirmation
from orders.form.fields import AddressesField
from orders.form.serials import SerialsForm
from orders.models import MAX_NOTIFIED, MAX_REASON, Order
from orders.rules.problems import OrderRefused, Problem, SerialAmbiguous, SerialNotFound


class CancelForm(forms.Form):
    """The form to cancel an order of the user's own company."""

    reason = TextFormField(
        label=_("Reason"),
        max_length=MAX_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sales and your colleagues see it on the order."),
    )


class SupplySerialForm(SerialsForm):
    """The form for the serial number that a held order lacks."""

    def supply(self, order: Order, *, by: User, by_link: bool = False) -> Order | None:
        """Gives the serial, or shows the refusal at the fields; call it on a valid form.

        Answers by the link show no other serials: the link opens one order only.
        """
        try:
            return actions.supply_serial(order, quotes=self.quotes(), by=by, by_link=by_link)
        except OrderRefused as refusal:
            hide = _without_hints if by_link else _as_it_is
            self.show(hide(problem) for problem in refusal.problems)
            return None


def _without_hints(problem: Problem) -> Problem:
    if isinstance(problem, SerialAmbiguous):
        return replace(problem, candidates=())
    return replace(problem, near=()) if isinstance(problem, SerialNotFound) else problem


def _as_it_is(problem: Problem) -> Problem:
    return problem


class ResendForm(forms.Form):
    """Starts with the earlier recipients. New recipients get it in a language that has a copy."""

    to = AddressesField(
        label=_("Send it to"),
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
        # recipients of the other company are not shown
        ours = {each.company for each in confirmation.told if each.why is Why.ORDERER}
        told = [each.address for each in confirmation.told if each.company in ours]
        told = present(told, company=next(iter(ours), 0))
        super().__init__(data, initial={"to": ", ".join(told[:MAX_NOTIFIED])})
        names = dict(settings.LANGUAGES)
        choice = self.fields["language"]
        # of a ChoiceField, which the stubs know as a Field only
        choice.choices = [(code, names[code]) for code in languages]  # type: ignore[attr-defined]
        if len(languages) == 1:
            del self.fields["language"]
        self.languages = languages

    def resend(self, order: Order, *, by: User) -> Resend:
        """Sends it; call it on a valid form."""
        return resend_confirmation(
            order,
            to=self.cleaned_data["to"],
            language=self.cleaned_data.get("language", self.languages[0]),
            by=by,
        )
