"""The fields for serial numbers, and the form that has only them.

A field is named by its family. The name is made and read here only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from licensing.models import Family, Serial
from licensing.serial_numbers import MAX_LENGTH
from orders.form.fields import TypedForm
from orders.models import Order
from orders.placement import Quote
from orders.rules.problems import (
    Candidate,
    Problem,
    SerialAmbiguous,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
    TooManyMisses,
)
from orders.wording import sentence, serial_label

_PREFIX = "serial_"


class SerialsForm(TypedForm):
    """The serial number of each license type that an installation has."""

    def __init__(
        self, data: Any = None, files: Any = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.wait = 0  # seconds until another serial is looked up, after too many wrong ones
        self.which: dict[str, Sequence[Candidate]] = {}  # by family: possible serials
        self.near: dict[str, Sequence[str]] = {}  # by family: serials that were perhaps meant
        self.families = list(Family.objects.all())
        for family in self.families:
            self.fields[field_name(family.code)] = serial_field(
                family, look="serial-input", help_text=_where_it_stands(family)
            )

    @property
    def serial_fields(self) -> dict[str, forms.BoundField]:
        """The fields by family code."""
        return {family.code: self[field_name(family.code)] for family in self.families}

    def quotes(self) -> list[Quote]:
        """The typed serials that can be looked up; call it on a cleaned form."""
        return [
            Quote(family.code, text)
            for family in self.families
            if (text := self.cleaned_data.get(field_name(family.code)))
        ]

    @property
    def which_fields(self) -> list[tuple[str, Sequence[Candidate]]]:
        """By the name of the field, for a button that sends the form with one of them."""
        return [(field_name(family), candidates) for family, candidates in self.which.items()]

    @property
    def near_fields(self) -> list[tuple[str, Sequence[str]]]:
        """The same for serials that differ from the typed one by a slip."""
        return [(field_name(family), numbers) for family, numbers in self.near.items()]

    def show(self, problems: Iterable[Problem]) -> None:
        """Shows each problem at its field; problems without a field stand above the form."""
        problems = list(problems)
        for problem in problems:
            self.add_error(self._field_of(problem), sentence(problem))
        self.heed(problems)

    def heed(self, problems: Iterable[Problem]) -> None:
        """Prepares the page's answer beside the sentences: buttons for possible serials, and a
        wait.
        """
        for each in problems:
            if isinstance(each, SerialAmbiguous):
                self.which[each.family] = each.candidates
            elif isinstance(each, SerialNotFound):
                self.near[each.family] = each.near
            elif isinstance(each, TooManyMisses):
                self.wait = each.seconds

    def _field_of(self, problem: Problem) -> str | None:
        if isinstance(problem, SerialNotFound | SerialAmbiguous):
            return field_name(problem.family)
        if isinstance(problem, SerialMissing | SerialsOfTwoSites | TooManyMisses):
            return field_name(self.families[0].code)
        return None


def values_of(serials: Iterable[Serial]) -> dict[str, str]:
    """The values of the fields for these serials."""
    return {field_name(serial.family_id): serial.number for serial in serials}


def quoted_values(order: Order) -> dict[str, str]:
    """The serials that the held order quotes so far, as values of the form."""
    return {field_name(row.family_id): row.quoted for row in order.serials.all()}


def field_names() -> list[str]:
    """The names of all families' fields, for a form that is kept without being read."""
    return [field_name(code) for code in Family.objects.values_list("code", flat=True)]


def field_name(family_code: str) -> str:
    return f"{_PREFIX}{family_code}"


def is_field_name(name: str) -> bool:
    """Whether it is that of a serial number, of any family."""
    return name.startswith(_PREFIX)


def serial_field(family: Family, *, look: str, help_text: str) -> TextFormField:
    """`look` is the class of its input."""
    return TextFormField(
        label=serial_label(family.code),
        max_length=MAX_LENGTH,
        required=False,
        validators=[validate_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": look}),
        help_text=help_text,
    )


def _where_it_stands(family: Family) -> str:
    if family.reissue_on:
        return _("From the newest confirmation email.")
    return _("From any confirmation email.")
