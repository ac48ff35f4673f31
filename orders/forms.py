"""The order form: what customers fill in, and staff on their behalf."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django import forms
from django.forms.formsets import formset_factory
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from companies.plain_text import validate_one_line
from licensing.coverage import MissingBase
from licensing.models import Family, Installation, Product
from licensing.serial_numbers import MAX_LENGTH
from orders import actions
from orders.document_forms import DocumentField
from orders.models import MAX_LINES, MAX_QUANTITY, MAX_REASON, Order
from orders.placing import NewLine
from orders.policies import (
    OrderRefused,
    Problem,
    SerialMissing,
    SerialNotFound,
    SerialsOfTwoSites,
    TooManyMisses,
)
from orders.quotes import Quote
from orders.wording import sentence, serial_label


class LineForm(forms.Form):
    product = forms.TypedChoiceField(
        label=_("Product"),
        error_messages={
            "required": _("Choose a product, or remove the line."),
            "invalid_choice": _("Choose one of the products in the list."),
        },
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_QUANTITY,
        error_messages={
            "required": _("Say how many."),
            "invalid": _("Enter a whole number, like 12."),
            "min_value": _("Order at least 1."),
            "max_value": _("Order at most 100,000 in one line. Ask sales for more."),
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class LineFormSet(forms.BaseFormSet):
    """At least one line; the products are read once for all of them."""

    default_error_messages: ClassVar = {
        **forms.BaseFormSet.default_error_messages,
        "too_few_forms": _("Order at least one line."),
        "too_many_forms": _("An order has at most %(num)d lines. Place a second one for the rest."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.products = {product.pk: product for product in Product.objects.orderable()}

    @classmethod
    def get_default_prefix(cls) -> str:
        return "lines"

    def initial_form_count(self) -> int:
        """None of a submitted form: the first line must be filled in, later ones may stay blank."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: LineForm, index: int | None) -> None:
        super().add_fields(form, index)
        field = cast("forms.TypedChoiceField", form.fields["product"])
        field.choices = [("", _("Choose a product")), *_options(self.products.values())]
        field.coerce = self._product

    def _product(self, part_number: str) -> Product:
        """Raises ValueError for what is not in the list, as the field expects."""
        if part_number not in self.products:
            raise ValueError(part_number)
        return self.products[part_number]

    def ordered(self) -> list[NewLine]:
        """The lines as they were filled in; call when valid."""
        return [
            NewLine(form.cleaned_data["product"], form.cleaned_data["quantity"])
            for form in self.forms
            if form.has_changed()
        ]


def _options(products: Iterable[Product]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By family; the part number first, then what one unit of it is."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for product in products:
        unit = product.get_unit_display().lower()
        if product.kit_of_id:
            unit = f"{product.kit_quantity} × {product.kit_of_id}"
        groups.setdefault(product.family.name, []).append((product.pk, f"{product}, {unit}"))
    return list(groups.items())


Lines = cast(
    "type[LineFormSet]",
    formset_factory(
        LineForm,
        formset=LineFormSet,
        extra=0,
        min_num=1,
        max_num=MAX_LINES,
        absolute_max=MAX_LINES + 1,
        validate_min=True,
        validate_max=True,
    ),
)


class SerialsForm(forms.Form):
    """The serial number of each license type that an installation has."""

    def __init__(
        self, data: Any = None, files: Any = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.status = HTTPStatus.OK
        self.families = list(Family.objects.all())
        for family in self.families:
            self.fields[_serial_name(family.code)] = _serial_field(family)

    @property
    def serial_fields(self) -> list[forms.BoundField]:
        return [self[_serial_name(family.code)] for family in self.families]

    def _quotes(self, cleaned: dict[str, Any]) -> list[Quote]:
        return [
            Quote(family.code, text)
            for family in self.families
            if (text := cleaned.get(_serial_name(family.code)))
        ]

    def _show(self, problem: Problem) -> None:
        """At the field that it is about; what is about none stands above the form."""
        field = None
        if isinstance(problem, TooManyMisses):
            self.status = HTTPStatus.TOO_MANY_REQUESTS
        if isinstance(problem, SerialNotFound):
            field = _serial_name(problem.family)
        elif isinstance(problem, SerialMissing | SerialsOfTwoSites | TooManyMisses):
            field = _serial_name(self.families[0].code)
        self.add_error(field, sentence(problem))


class CancelForm(forms.Form):
    """For who cancels an order of their own company."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sales and your colleagues see it on the order."),
    )


class SupplySerialForm(SerialsForm):
    """The serial number that a held order waits for."""

    def supply(self, order: Order, *, by: User, by_link: bool = False) -> Order | None:
        """Gives it, or puts what it is refused for at the fields; call when valid.

        What comes by the link is told no near matches: it opens one order and nothing else.
        """
        quotes = self._quotes(self.cleaned_data)
        try:
            return actions.supply_serial(order, quotes=quotes, by=by, by_link=by_link)
        except OrderRefused as refusal:
            for problem in refusal.problems:
                self._show(_without_hints(problem) if by_link else problem)
            return None


class OrderForm(SerialsForm):
    """One purchase order for one installation, with its lines in `lines`.

    Sales fills in the same form `on_behalf_of` a company, and says for whom there.
    """

    kind = forms.ChoiceField(
        label=_("Is the installation new or existing?"),
        choices=Order.Kind.choices,
        widget=forms.RadioSelect(attrs={"class": "choice"}),
        error_messages={"required": _("Say whether the installation is new or existing.")},
    )
    site_name = forms.CharField(
        label=_("Site name"),
        max_length=120,
        required=False,
        validators=[validate_one_line],
        help_text=_("The name that you and your customer know the site by."),
    )
    po_number = forms.CharField(
        label=_("PO number"),
        max_length=40,
        validators=[validate_one_line],
        error_messages={
            "required": _("Enter the number of your purchase order."),
            "max_length": _("A PO number has at most 40 characters."),
        },
    )
    company = forms.ModelChoiceField(
        label=_("Order for"), queryset=Company.objects.none(), empty_label=None
    )
    document = DocumentField(label=_("Purchase order document"), required=False)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        user: User,
        on_behalf_of: Company | None = None,
        initial: dict[str, Any] | None = None,
        lines: list[dict[str, Any]] | None = None,
    ) -> None:
        """`lines` are the values of the lines to start from."""
        super().__init__(data, files, initial={"submission": uuid.uuid4(), **(initial or {})})
        self.user = user
        self.on_behalf_of = on_behalf_of
        if on_behalf_of:
            self._offer_members(on_behalf_of)
        else:
            self._offer_companies()
        self.lines = Lines(data, initial=lines) if lines is None else Lines(initial=lines)

    def _offer_companies(self) -> None:
        """Who buys for one company only is not asked for which."""
        field = cast("forms.ModelChoiceField[Company]", self.fields["company"])
        field.queryset = Company.objects.order_for(self.user)
        companies = list(field.queryset)
        self.initial.setdefault("company", companies[0].pk if companies else None)
        if len(companies) == 1:
            field.widget = forms.HiddenInput()

    def _offer_members(self, company: Company) -> None:
        """The company is settled; who of its members is it for?"""
        field = cast("forms.ModelChoiceField[Company]", self.fields["company"])
        field.queryset = Company.objects.filter(pk=company.pk, active=True)
        field.widget = forms.HiddenInput()
        self.initial["company"] = company.pk
        self.fields["ordered_for"] = forms.ModelChoiceField(
            label=_("Ordered for"),
            queryset=User.objects.members_of(company),
            empty_label=_("Choose a member"),
            help_text=_("Gets the confirmation email, as if they had placed the order."),
            error_messages={
                "required": _("Choose the member of the company who gets the confirmation."),
                "invalid_choice": _("Choose one of the members in the list."),
            },
        )

    # Checks

    def is_valid(self) -> bool:
        """All of it, so that every error is shown at once."""
        lines_are_valid = self.lines.is_valid()
        return super().is_valid() and lines_are_valid

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == Order.Kind.NEW:
            self._check_new(cleaned)
        return cleaned

    def _check_new(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("site_name") and "site_name" not in self.errors:
            self.add_error("site_name", _("Give the new site a name."))
        if self._quotes(cleaned):
            self.add_error(
                "kind",
                _(
                    "You wrote a serial number, so the installation exists already. Choose "
                    "“Existing installation”, or clear the serial number there."
                ),
            )

    # Placing

    def place(self) -> Order | None:
        """Places the order, or puts what it is refused for at the fields; call when valid."""
        values = self.cleaned_data
        common: dict[str, Any] = {
            "company": values["company"],
            "po_number": values["po_number"],
            "lines": self.lines.ordered(),
            "by": self.user,
            "ordered_for": values.get("ordered_for"),
            "document": values["document"],
            "submission": values["submission"],
        }
        try:
            if values["kind"] == Order.Kind.NEW:
                return actions.place_new(site_name=values["site_name"], **common)
            return actions.place_existing(quotes=self._quotes(values), **common)
        except OrderRefused as refusal:
            for problem in refusal.problems:
                self._show(problem)
            return None

    def _show(self, problem: Problem) -> None:
        """At the field that it is about."""
        if isinstance(problem, MissingBase):
            for form in self.lines.forms:
                product = form.cleaned_data.get("product")
                if product and product.part_number == problem.part_number:
                    form.add_error("product", sentence(problem))
            return
        super()._show(problem)

    # Editing without JavaScript: lines come and go by a round trip

    def edited(self) -> OrderForm | None:
        """With a line more or less when one of the buttons for that was pressed, else None."""
        if "add_line" in self.data:
            return self.with_line_added()
        if "remove_line" in self.data:
            return self.with_line_removed(_index(self.data["remove_line"]))
        return None

    def with_line_added(self) -> OrderForm:
        return self._started_again([*self._line_values(), {}])

    def with_line_removed(self, index: int) -> OrderForm:
        """The line at that index, counted from 0, is gone; the last one is only emptied."""
        lines = [line for at, line in enumerate(self._line_values()) if at != index]
        return self._started_again(lines or [{}])

    def _line_values(self) -> list[dict[str, Any]]:
        return [{name: form[name].value() for name in form.fields} for form in self.lines.forms]

    def _started_again(self, lines: list[dict[str, Any]]) -> OrderForm:
        """What was typed so far, unchecked: nobody is told about errors while editing."""
        values = {name: self[name].value() for name in self.fields if name != "document"}
        return OrderForm(
            user=self.user,
            on_behalf_of=self.on_behalf_of,
            initial=values,
            lines=lines[:MAX_LINES],
        )


def _without_hints(problem: Problem) -> Problem:
    return replace(problem, near=()) if isinstance(problem, SerialNotFound) else problem


def _index(text: str) -> int:
    """Of the line to remove; -1, which no line has, for anything but a small number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def starting_values(installation: Installation) -> dict[str, Any]:
    """For an order for that installation: its current serials, already quoted."""
    serials = installation.serials.current()
    return {
        "kind": Order.Kind.EXISTING,
        **{_serial_name(serial.family_id): serial.number for serial in serials},
    }


def quoted_values(order: Order) -> dict[str, Any]:
    """For who is asked for the serial of a held order: what it quotes so far."""
    return {_serial_name(row.family_id): row.quoted for row in order.serials.all()}


def _serial_name(family_code: str) -> str:
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
