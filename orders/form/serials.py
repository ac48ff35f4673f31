"""The fields for serial numbers, and the form that has only them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.plain_text import validate_one_line
from licensing.models import Family, Serial
from licensing.serial_numbers import MAX_LENGTH
from orders.form.quiet import QuietForm
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


class SerialsForm(QuietForm):
    """The serial number of each license type that an installation has."""

    def __init__(
        self, data: Any = None, files: Any = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.wait = 0  # seconds until another serial is looked up, after too many wrong ones
        self.which: dict[str, Sequence[Candidate]] = {}  # by family: what was quoted may mean
        self.families = list(Family.objects.all())
        for family in self.families:
            self.fields[field_name(family.code)] = _serial_field(family)

    @property
    def serial_fields(self) -> dict[str, forms.BoundField]:
        """By family code."""
        return {family.code: self[field_name(family.code)] for family in self.families}

    def quotes(self) -> list[Quote]:
        """What was typed and can be looked up; call when cleaned."""
        return [
            Quote(family.code, text)
            for family in self.families
            if (text := self.cleaned_data.get(field_name(family.code)))
        ]

    def show(self, problems: Iterable[Problem]) -> None:
        """Each at the field that it is about; what is about none stands above the form."""
        problems = list(problems)
        for problem in problems:
            self.add_error(self._field_of(problem), sentence(problem))
        self.heed(problems)

    def heed(self, problems: Iterable[Problem]) -> None:
        """What the page answers beside the sentences: buttons for what may be meant, and a wait."""
        for each in problems:
            if isinstance(each, SerialAmbiguous):
                self.which[each.family] = each.candidates
            elif isinstance(each, TooManyMisses):
                self.wait = each.seconds

    def _field_of(self, problem: Problem) -> str | None:
        if isinstance(problem, SerialNotFound | SerialAmbiguous):
            return field_name(problem.family)
        if isinstance(problem, SerialMissing | SerialsOfTwoSites | TooManyMisses):
            return field_name(self.families[0].code)
        return None


def values_of(serials: Iterable[Serial]) -> dict[str, str]:
    """What the fields hold where these are quoted."""
    return {field_name(serial.family_id): serial.number for serial in serials}


def field_name(family_code: str) -> str:
    return f"serial_{family_code}"


def _serial_field(family: Family) -> forms.CharField:
    return forms.CharField(
        label=serial_label(family.code),
        max_length=MAX_LENGTH,
        required=False,
        validators=[validate_one_line],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "serial-input"}
        ),
        help_text=_("From the newest confirmation email.")
        if family.reissue_on
        else _("From any confirmation email."),
    )
