"""What people say about the mail that they get, and in answer to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from companies.models import User
from companies.plain_text import validate_one_line
from licensing.changeover import SerialReplaced, confirm_entered
from licensing.models import MAX_NAME, Installation, Serial
from licensing.serial_numbers import MAX_LENGTH
from notifications.models import Contact
from notifications.recipients import Topic
from notifications.schedules import set_schedule, steps_of
from notifications.wishes import set_wishes

TOPIC_LABELS = {
    Topic.CONFIRMATIONS: _("Confirmations, with the serial numbers"),
    Topic.EXPIRY: _("Notices before subscriptions end"),
    Topic.HOLDS: _("Orders that are held or rejected"),
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
    topics = forms.TypedMultipleChoiceField(
        label=_("Send me"),
        choices=[(str(topic), label) for topic, label in TOPIC_LABELS.items()],
        coerce=Topic,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        wishes = contact.wishes
        super().__init__(data, initial={"topics": wishes.topics, "language": wishes.language})
        self.contact = contact

    def save(self, by: User | None = None) -> None:
        self.contact = set_wishes(
            installation=self.contact.installation,
            address=self.contact.email,
            topics=self.cleaned_data["topics"],
            language=self.cleaned_data["language"],
            by=by,
        )


class EnteredForm(forms.Form):
    """By whoever has the link: a new serial number is on the server."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=MAX_NAME,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name, so that others know whom to ask.")},
    )

    def save(self, serial: Serial, *, at: dt.datetime) -> bool:
        """Whether it is still the one to be entered; call when valid."""
        try:
            confirm_entered(serial, name=self.cleaned_data["name"], at=at)
        except SerialReplaced:
            return False
        return True


class EnteredHereForm(forms.Form):
    """The same by a user, who sees the number on the installation's page."""

    number = forms.CharField(max_length=MAX_LENGTH, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, installation: Installation) -> None:
        super().__init__(data)
        self.installation = installation

    def save(self, *, by: User, at: dt.datetime) -> bool:
        """Whether it is still the one to be entered; call when valid."""
        of_site = Serial.objects.filter(installation=self.installation)
        serial = of_site.filter(number=self.cleaned_data["number"]).first()
        try:
            if serial:
                confirm_entered(serial, by=by, at=at)
        except SerialReplaced:
            return False
        return serial is not None


class ScheduleForm(forms.Form):
    """On which days the contacts of an installation are told that terms end."""

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
