"""What people say about the mail that they get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.models import User
from notifications.models import Contact
from notifications.recipients import Topic
from notifications.wishes import set_wishes

TOPIC_LABELS = {
    Topic.CONFIRMATIONS: _("Confirmations, with the serial numbers"),
    Topic.EXPIRY: _("Notices before subscriptions end"),
    Topic.HOLDS: _("Orders that are held or rejected"),
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
