"""Columns and form fields for email addresses. They hold each address in its stored form.

An address is folded when an attribute of a row is set, and when rows are saved or looked up, one by
one or in bulk. We never ask the database to ignore case: each database ignores it in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _

from companies.addresses import validate_can_be_written_to
from companies.text_fields import as_seen
from texts.addresses import MAX_ADDRESS, part_of_stored, stored_form, stored_forms

BY_ITS_OWN_IDEA_OF_CASE = {"iexact", "icontains", "istartswith", "iendswith", "iregex"}


class Folded(DeferredAttribute):
    """The attribute of a row. Its field folds each value that is assigned."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        vars(instance)[self.field.attname] = self.field.folded(value)  # type: ignore[attr-defined]  # ours


class AddressFormField(forms.EmailField):
    """Answers with the stored form of the address and validates that form."""

    default_validators = [*forms.EmailField.default_validators, validate_can_be_written_to]
    default_error_messages = {
        "max_length": _("An email address has at most %(limit_value)d characters."),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": MAX_ADDRESS, **options})

    def to_python(self, value: Any) -> str:
        return stored_form(super().to_python(as_seen(value)) or "")


if TYPE_CHECKING:
    EmailField = models.EmailField[str | models.expressions.Combinable, str]
else:
    EmailField = models.EmailField


class AddressField(EmailField):
    descriptor_class = Folded
    default_validators = [*models.EmailField.default_validators, validate_can_be_written_to]

    def folded(self, value: Any) -> Any:
        return stored_form(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        return self.folded(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return self.folded(super().get_prep_value(value))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in BY_ITS_OWN_IDEA_OF_CASE:
            return None
        return super().get_lookup(lookup_name)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressFormField, **kwargs})


@AddressField.register_lookup
class PartOfAddress(models.lookups.Contains):
    """A search for the part of an address that somebody remembers."""

    def get_prep_lookup(self) -> Any:
        self.rhs = part_of_stored(self.rhs) if isinstance(self.rhs, str) else self.rhs
        return super().get_prep_lookup()


class AddressListField(models.JSONField):
    """A list of addresses. Each mailbox stands in it once."""

    descriptor_class = Folded

    def folded(self, value: Any) -> Any:
        return stored_forms(value) if isinstance(value, list) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.folded(super().get_prep_value(value))
