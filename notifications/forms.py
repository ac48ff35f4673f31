"""The forms that choose mail about an installation and that answer such mail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from companies.address_fields import AddressFormField
from companies.models import Company, User
from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from licensing.changeover import SerialReplaced, confirm_entered
from licensing.models import MAX_NAME, Installation, Serial
from licensing.serial_numbers import MAX_LENGTH
from notifications.contacts import add_contact, change_contact, choose_wishes
from notifications.links import Subscriber
from notifications.models import Contact
from notifications.notices.choosing import set_schedule, steps_of
from notifications.rules.recipients import Topic

TOPIC_LABELS = {
    Topic.CONFIRMATIONS: _("Confirmations, with the serial numbers"),
    Topic.EXPIRY: _("Notices before subscriptions end"),
    Topic.HOLDS: _("Orders that are held, rejected or canceled"),
}

STEP_LABELS = {
    -90: _("90 days before"),
    -60: _("60 days before"),
    -30: _("30 days before"),
    -7: _("7 days before"),
    0: _("on the last day"),
    7: _("7 days after"),
}


class WishesForm(forms.Form):
    """The topics, chosen by the link in a mail."""

    topics = forms.TypedMultipleChoiceField(
        label=_("Mail about this site"),
        choices=[(str(topic), label) for topic, label in TOPIC_LABELS.items()],
        coerce=Topic,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        topics = [str(topic) for topic in contact.wishes.topics]  # a set would check no box
        super().__init__(data, initial={"topics": topics, "language": contact.language})
        self.contact = contact

    def choose(self, subscriber: Subscriber) -> None:
        self.contact = choose_wishes(subscriber, **self.cleaned_data)


class ContactForm(WishesForm):
    """An existing contact, as its company's people see it."""

    name = TextFormField(label=_("Name"), max_length=150, required=False)
    field_order = ["name", "topics", "language"]

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        super().__init__(data, contact=contact)
        self.initial["name"] = contact.name

    def change(self, *, by: User) -> bool:
        """Saves it. False, with an error in the form, if it is refused; call it on a valid form."""
        try:
            change_contact(self.contact, **self.cleaned_data, by=by)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            return False
        return True


class NewContactForm(ContactForm):
    email = AddressFormField(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter the address to write to."),
            "invalid": _("Enter an address like name@company.com."),
        },
    )
    field_order = ["email", "name", "topics", "language"]

    def __init__(self, data: Any = None, *, language: str) -> None:
        super().__init__(data, contact=Contact(language=language, company_id=0))

    def add(self, *, installation: Installation, company: Company, by: User) -> bool:
        """Adds it. False, with errors in the form, if it is refused; call it on a valid form."""
        try:
            add_contact(installation=installation, company=company, **self.cleaned_data, by=by)
        except ValidationError as refusal:
            self.add_error("email", refusal.messages)
            return False
        return True


class EnteredForm(forms.Form):
    """Reports by the mailed link that a new serial number is on the server."""

    name = TextFormField(
        label=_("Your name"),
        max_length=MAX_NAME,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name, so that others know whom to ask.")},
    )

    def save(self, serial: Serial, *, at: dt.datetime) -> bool:
        """Saves it. False if the serial was replaced meanwhile; call it when the form is valid."""
        try:
            confirm_entered(serial, name=self.cleaned_data["name"], at=at)
        except SerialReplaced:
            return False
        return True


class EnteredHereForm(forms.Form):
    """Reports the same as a user, who sees the number on the installation's page."""

    number = TextFormField(max_length=MAX_LENGTH, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, installation: Installation) -> None:
        super().__init__(data)
        self.installation = installation

    def save(self, *, by: User, at: dt.datetime) -> bool:
        """Saves it. False if the serial was replaced meanwhile; call it when the form is valid."""
        of_site = Serial.objects.filter(installation=self.installation)
        serial = of_site.filter(number=self.cleaned_data["number"]).first()
        try:
            if serial:
                confirm_entered(serial, by=by, at=at)
        except SerialReplaced:
            return False
        return serial is not None


class ScheduleForm(forms.Form):
    """The days on which the contacts of an installation are told that terms end."""

    steps = forms.TypedMultipleChoiceField(
        label=_("Notices before subscriptions end"),
        choices=[(str(step), capfirst(label)) for step, label in STEP_LABELS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, installation: Installation) -> None:
        super().__init__(data, initial={"steps": steps_of(installation)})
        self.installation = installation

    def save(self, *, by: User, at: dt.datetime) -> None:
        set_schedule(self.installation, steps=self.cleaned_data["steps"], by=by, at=at)
