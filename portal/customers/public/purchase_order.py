"""The text for a purchase order: three questions, and the text to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from licensing.models import Family
from orders.form.serials import field_name, serial_field
from orders.models import Order
from orders.wording import serial_label
from texts.names import LONGEST_NAME

BLANK = "____________"  # to be filled in by hand
MAX_PARTS = 2000  # characters


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A line of the text. The page's script puts the field's value in as it is typed."""

    label: str = ""
    value: str = ""
    field: str = ""  # the field whose value it shows
    kind: str = ""  # shown only on an order of this kind
    family: str = ""  # shown only if licenses of this type are ordered
    shown: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.label or self.field)


class PurchaseOrderForm(forms.Form):
    """The form is sent as a GET only without JavaScript; the server keeps none of it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Is the installation new or existing?"),
        choices=Order.Kind.choices,
        initial=Order.Kind.EXISTING,
        widget=forms.RadioSelect(attrs={"class": "choice"}),
        error_messages={"required": gettext_lazy("Say whether it is new or existing.")},
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("What are you ordering?"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        error_messages={"required": gettext_lazy("Choose at least one license type.")},
    )
    site_name = TextFormField(
        label=gettext_lazy("Site name"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[validate_one_line],
        help_text=gettext_lazy("The name that you and your customer know the site by."),
    )
    parts = TextFormField(
        label=gettext_lazy("Parts and quantities"),
        max_length=MAX_PARTS,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "12 x ISS-ExpertPlus"}),
        help_text=gettext_lazy("One part number in a line. All of them are in the list below."),
    )

    def __init__(self, data: Any, *, families: Sequence[Family]) -> None:
        super().__init__(data)
        self.families = families
        types = cast("forms.MultipleChoiceField", self.fields["types"])
        types.choices = [
            (family.code, _("%(family)s licenses") % {"family": family}) for family in families
        ]
        types.initial = [family.code for family in families]
        for family in families:
            self.fields[field_name(family.code)] = serial_field(
                family, look="mono", help_text=_where_it_stands(family)
            )

    @property
    def serial_fields(self) -> list[tuple[str, forms.BoundField]]:
        """The fields of serials, each with the family's code."""
        return [(family.code, self[field_name(family.code)]) for family in self.families]

    def slip(self) -> list[SlipLine]:
        """The text, line by line, including the lines for other answers."""
        new, existing = Order.Kind.NEW.value, Order.Kind.EXISTING.value
        return [
            SlipLine(_("NEW INSTALLATION"), kind=new),
            SlipLine(_("EXISTING INSTALLATION"), kind=existing),
            SlipLine(_("Site name:"), self._filled_in("site_name"), "site_name", kind=new),
            *(self._serial_line(family, existing) for family in self.families),
            SlipLine(),
            SlipLine(_("Licenses:")),
            SlipLine(value=self._filled_in("parts"), field="parts"),
        ]

    def _serial_line(self, family: Family, kind: str) -> SlipLine:
        name = field_name(family.code)
        return SlipLine(
            label=f"{serial_label(family.code)}:",
            value=self._filled_in(name),
            field=name,
            kind=kind,
            family=family.code,
            shown=family.code in (self["types"].value() or []),
        )

    def _filled_in(self, name: str) -> str:
        """The typed value if it is valid, else a blank."""
        if not self.is_bound or not self.is_valid():
            return BLANK
        return self.cleaned_data.get(name) or BLANK


def _where_it_stands(family: Family) -> str:
    if family.reissue_on:
        return _("From the newest confirmation email. It changes with updates.")
    return _("From any confirmation email. It never changes.")
