"""The field for a purchase order document, and the form that has only this field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from companies.models import User
from orders.documents import wording  # noqa: F401 - registers why a document is refused
from orders.documents.actions import attach_document
from orders.models import Order, PurchaseOrderDocument
from orders.rules.documents import (
    ENDINGS,
    Document,
    DocumentKind,
    DocumentRefused,
    check_document,
    check_size,
)
from orders.wording import sentence

ACCEPT = ",".join([*DocumentKind, *(ending for endings in ENDINGS.values() for ending in endings)])


class DocumentField(forms.FileField):
    """Cleans to a checked `Document`, or to None if no file was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **options,
            help_text=_("PDF, PNG or JPEG, up to 10 MB."),
            allow_empty_file=True,  # our check has the words for it
            error_messages={
                "required": _("Choose the file of your purchase order."),
                "invalid": _("No file came with the form. Choose it again and send it once more."),
            },
            # htmx swaps the form when lines are added or removed: the chosen file stays
            widget=forms.FileInput(attrs={"accept": ACCEPT, "hx-preserve": "true"}),
        )

    def clean(self, data: Any, initial: Any = None) -> Document | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            check_size(upload.size)
            return check_document(upload.name, upload.read())
        except DocumentRefused as refusal:
            raise ValidationError(sentence(refusal.problem), code="document") from refusal


class AttachForm(forms.Form):
    """The form for an order that was placed."""

    document = DocumentField(label=_("File of the purchase order"))

    def attach(self, order: Order, *, by: User) -> PurchaseOrderDocument | None:
        """Attaches it, or puts the refusal at the field; call it when the form is valid."""
        try:
            return attach_document(order, document=self.cleaned_data["document"], by=by)
        except DocumentRefused as refusal:
            self.add_error("document", sentence(refusal.problem))
            return None
