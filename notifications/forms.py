"""What people say about the mail that is sent about an installation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from licensing.models import Installation
from notifications.contacts import add_contact, change_contact, choose_wishes
from notifications.links import Subscriber
from notifications.models import Contact
from notifications.recipients import Topic

TOPIC_LABELS = {
    Topic.CONFIRMATIONS: _("Confirmations, with the serial numbers"),
    Topic.EXPIRY: _("Notices before subscriptions end"),
    Topic.HOLDS: _("Orders that are held or rejected"),
}


class WishesForm(forms.Form):
    """By the link in a mail."""

    topics = forms.TypedMultipleChoiceField(
        label=_("Mail about this site"),
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

    def choose(self, subscriber: Subscriber) -> None:
        self.contact = choose_wishes(subscriber, **self.cleaned_data)


class ContactForm(WishesForm):
    """A contact that is there, as the company's people see it."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    field_order = ["name", "topics", "language"]

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        super().__init__(data, contact=contact)
        self.initial["name"] = contact.name

    def change(self, *, by: User) -> bool:
        """False, and an error in the form, where it was refused; call when valid."""
        try:
            change_contact(self.contact, **self.cleaned_data, by=by)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            return False
        return True


class NewContactForm(ContactForm):
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter the address to write to."),
            "invalid": _("Enter an address like name@company.com."),
            "max_length": _("An email address has at most 254 characters."),
        },
    )
    field_order = ["email", "name", "topics", "language"]

    def __init__(self, data: Any = None, *, language: str) -> None:
        super().__init__(data, contact=Contact(language=language, company_id=0))

    def add(self, *, installation: Installation, company: Company, by: User) -> bool:
        """False, and errors in the form, where it was refused; call when valid."""
        try:
            add_contact(installation=installation, company=company, **self.cleaned_data, by=by)
        except ValidationError as refusal:
            self.add_error("email", refusal.messages)
            return False
        return True
