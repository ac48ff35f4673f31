"""Forms about a placed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.address_fields import AddressFormField
from companies.former_addresses import present
from companies.models import MAX_FULL_NAME, User
from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from licensing.models import Installation, Serial
from notifications.models import Confirmation, Resend
from notifications.rules.recipients import Why
from orders import actions
from orders.actions import Answerer
from orders.actions.resending import resend_confirmation
from orders.form.fields import AddressesField, SiteField
from orders.form.serials import SerialsForm
from orders.models import MAX_NOTIFIED, MAX_REASON, Order
from orders.permissions import can_supply_serial
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


class FindSiteForm(forms.Form):
    """Looks for the site of a held order whose serial number is not at hand."""

    find = SiteField()


class SupplySerialForm(SerialsForm):
    """The form for the serial number that a held order lacks."""

    def supply(self, order: Order, *, by: User) -> Order | None:
        """Gives the serial, or shows the refusal at the fields; call it on a valid form."""
        try:
            return actions.supply_serial(order, quotes=self.quotes(), by=by)
        except OrderRefused as refusal:
            self.show(refusal.problems)
            return None


class AnswerForm(SupplySerialForm):
    """The same behind the link in the mail, which may have been forwarded: it asks who answers.

    It shows only serials that the reader may see; without a log-in there is no reader, and the
    link opens one order only. Call its verbs on a valid form.
    """

    name = TextFormField(
        label=_("Your name"),
        max_length=MAX_FULL_NAME,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name, so that others know whom to ask.")},
    )
    email = AddressFormField(
        label=_("Your email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter your email address, so that sales can reach you."),
            "invalid": _("Enter an address like name@company.com."),
        },
    )

    def __init__(
        self, data: Any = None, *, reader: User | None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.reader = reader
        if reader:
            del self.fields["name"], self.fields["email"]

    def find_site(self, order: Order) -> Installation | None:
        """The site that the serials name; None if the form shows why there is none."""
        try:
            by, answerer = self._who(order)
            return actions.find_site(order, quotes=self.quotes(), by=by, by_link=bool(answerer))
        except OrderRefused as refusal:
            self.show(_shown_to(self.reader, problem) for problem in refusal.problems)
            return None

    def answer(self, order: Order) -> Order | None:
        try:
            by, answerer = self._who(order)
            return actions.supply_serial(order, quotes=self.quotes(), by=by, answerer=answerer)
        except OrderRefused as refusal:
            self.show(_shown_to(self.reader, problem) for problem in refusal.problems)
            return None

    def _who(self, order: Order) -> tuple[User, Answerer | None]:
        """Readers who may answer anyway do so themselves, all others for the link's recipient."""
        if self.reader is None:
            values = self.cleaned_data
            return order.orderer, Answerer(values["name"], values["email"])
        if can_supply_serial(self.reader, order):
            return self.reader, None
        return order.orderer, Answerer(self.reader.get_full_name(), self.reader.email)


def _shown_to(reader: User | None, problem: Problem) -> Problem:
    """Without serials of sites that the reader may not see."""
    if isinstance(problem, SerialNotFound):
        return replace(problem, near=_seen_by(reader, problem.near))
    if isinstance(problem, SerialAmbiguous):
        numbers = [each.number for each in problem.candidates]
        sees_all = len(_seen_by(reader, numbers)) == len(numbers)
        return problem if sees_all else replace(problem, candidates=())
    return problem


def _seen_by(reader: User | None, numbers: Sequence[str]) -> tuple[str, ...]:
    if reader is None or not numbers:
        return ()
    visible = Installation.objects.visible_to(reader)
    serials = Serial.objects.filter(installation__in=visible, number__in=numbers)
    seen = set(serials.values_list("number", flat=True))
    return tuple(number for number in numbers if number in seen)


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
