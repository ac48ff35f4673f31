"""Fields that forms of orders share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms.utils import ErrorList
from django.utils.translation import gettext, gettext_lazy

from companies.addresses import validate_can_be_written_to
from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from orders.models import MAX_NOTIFIED
from texts.addresses import MAX_ADDRESS, stored_form, stored_forms, written_in
from texts.names import LONGEST_NAME

MAX_CONFIRMED = 50


class SiteField(TextFormField):
    """Looks for a site by what people know of it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Find the site"),
            max_length=LONGEST_NAME,
            required=False,
            validators=[validate_one_line],
            help_text=gettext_lazy("By its name, or by the number of an earlier PO or order."),
            **options,
        )


class TypedField(forms.BoundField):
    """A field of a form in which people still type."""

    form: TypedForm

    @property
    def errors(self) -> ErrorList:
        return super().errors if self.form.shows_errors else ErrorList()


class TypedForm(forms.Form):
    """Is shown while people type: the page prints what is wrong only where it `shows_errors`.

    `is_valid()` and `errors` know it anyway.
    """

    bound_field_class = TypedField
    shows_errors = True


class AddressesField(TextFormField):
    """Email addresses with commas between them; cleans to a list of them, each mailbox once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_NOTIFIED * MAX_ADDRESS, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return written_in(text)

    def clean(self, value: Any) -> list[str]:
        return stored_forms(super().clean(value))

    def validate(self, value: Any) -> None:
        """Validates the addresses as they were typed, so that the errors can name them."""
        super().validate(value)
        if len(stored_forms(value)) > MAX_NOTIFIED:
            raise ValidationError(gettext("At most %(count)d addresses.") % {"count": MAX_NOTIFIED})
        for address in value:
            try:
                validate_email(stored_form(address))
                validate_can_be_written_to(address)
            except ValidationError:
                wrong = gettext("%(address)s is not an email address.") % {"address": address}
                raise ValidationError(wrong) from None

    def run_validators(self, value: Any) -> None:
        """Does nothing: validators expect a text, and `validate` checks each address."""


class TokensField(forms.Field):
    """The confirmations, each by its own box; the findings are looked up again anyway."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> frozenset[str]:
        return frozenset((value or [])[:MAX_CONFIRMED])
