"""The lines of the order form: their actions, sources and products."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import formset_factory
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from licensing.coverage import HeldLot
from licensing.models import Product, UpgradePath
from licensing.serial_policy import Action
from orders.form.fields import TypedForm
from orders.models import MAX_LINES, MAX_QUANTITY
from orders.placement import NewLine
from orders.wording import ACTIONS, choices


@dataclass(frozen=True, slots=True)
class Note:
    """A note beside a line, or above all lines."""

    look: str  # says, warn or stop
    text: str
    add: tuple[str, int] | None = None  # part number and units that solve the problem
    renew: str = ""  # the line and the units that it could renew instead, for the button


@dataclass(frozen=True, slots=True)
class Source:
    """The licenses that a line upgrades or renews."""

    product: Product
    lot_end: dt.date | None


class SourceField(forms.Field):
    """A part number and, if there are several lots, the end of one: `VS-ES1|2026-12-15`.

    The list is only a help: the order itself decides whether the units are there.
    """

    widget = forms.Select
    products: dict[str, Product]

    def to_python(self, value: Any) -> Source | None:
        if not value:
            return None
        part_number, _bar, end = str(value).partition("|")
        try:
            return Source(self.products[part_number], parse_date(end))
        except (KeyError, ValueError):
            raise ValidationError(gettext("Choose one of the licenses in the list.")) from None


def source_value(part_number: str, end: dt.date | None) -> str:
    return f"{part_number}|{end.isoformat() if end else ''}"


class ProductSelect(forms.Select):
    """Marks subscriptions, so that the style sheet can ask them for their start."""

    subscriptions: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value in self.subscriptions:
            option["attrs"]["data-subscription"] = True
        return option


class LineForm(TypedForm):
    notes: list[Note]

    action = forms.TypedChoiceField(
        label=_("Action"),
        choices=choices(ACTIONS),
        coerce=Action,
        initial=Action.ADD.value,
        required=False,
        empty_value=Action.ADD,
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
    source = SourceField(label=_("From"), required=False)
    product = forms.TypedChoiceField(
        label=_("Product"),
        error_messages={
            "required": _("Choose a product, or remove the line."),
            "invalid_choice": _("Choose one of the products in the list."),
        },
        widget=ProductSelect,
    )
    starts_on = forms.DateField(
        label=_("Start"),
        required=False,
        help_text=_("If empty, it starts on the day of issue. Sales checks any other day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        """Ignores fields that the chosen action does not need."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("action") is Action.ADD:
            cleaned["source"] = None
            self.errors.pop("source", None)
        else:
            cleaned["starts_on"] = None
            self.errors.pop("starts_on", None)
            if not cleaned.get("source") and "source" not in self.errors:
                self.add_error("source", gettext("Choose the license to upgrade or renew."))
        return cleaned

    def __init__(self, *args: Any, shows_errors: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shows_errors = shows_errors
        self.notes = []

    def mark(self) -> None:
        """Marks the product as the field that the notes are about."""
        said = {"aria-invalid": "true", "aria-describedby": f"{self.prefix}-notes"}
        self.fields["product"].widget.attrs.update(said)

    @property
    def index(self) -> str:
        """Its place among the sent lines, from 0."""
        return str(self.prefix).rpartition("-")[2]

    @property
    def typed_action(self) -> str:
        return str(self["action"].value() or Action.ADD)

    @property
    def line(self) -> NewLine:
        """The line as it was filled in; call it on a valid form."""
        values = self.cleaned_data
        source: Source | None = values["source"]
        return NewLine(
            values["product"],
            values["quantity"],
            values["action"],
            source.product if source else None,
            source.lot_end if source else None,
            values["starts_on"],
        )


class LineFormSet(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable when it runs
    """At least one line. Products and upgrade paths are read once for all lines."""

    default_error_messages: ClassVar = {
        **forms.BaseFormSet.default_error_messages,
        "too_few_forms": _("Order at least one line."),
        "too_many_forms": _("An order has at most %(num)d lines. Place a second one for the rest."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = Product.objects.select_related("family", "kit_of")
        self.products = {product.pk: product for product in products}
        self.orderable = [product for product in products if product.active]
        paths = UpgradePath.objects.filter(active=True)
        self.paths = set(paths.values_list("from_product", "to_product"))
        self._becomes: dict[str, dict[str, list[Product]]] = {
            Action.UPGRADE: self._pairs(lambda old, new: (old.pk, new.pk) in self.paths),
            Action.RENEW: self._pairs(lambda old, new: new.as_part().renews(old.as_part())),
        }

    def _pairs(self, fits: Callable[[Product, Product], bool]) -> dict[str, list[Product]]:
        """The products that each product can become, in catalog order."""
        pairs = {
            key: [new for new in self.orderable if fits(old, new)]
            for key, old in self.products.items()
        }
        return {key: targets for key, targets in pairs.items() if targets}

    @classmethod
    def get_default_prefix(cls) -> str:
        return "lines"

    def initial_form_count(self) -> int:
        """None of a submitted form: the first line must be filled in, later ones may stay blank."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: LineForm, index: int | None) -> None:
        super().add_fields(form, index)
        cast("SourceField", form.fields["source"]).products = self.products
        field = cast("forms.TypedChoiceField", form.fields["product"])
        field.choices = _product_choices(self.orderable)
        field.coerce = self._product
        cast("ProductSelect", field.widget).subscriptions = self._subscriptions

    def _product(self, part_number: str) -> Product:
        """The product. Raises ValueError if it is not in the list, as the field expects."""
        if part_number not in self.products:
            raise ValueError(part_number)
        return self.products[part_number]

    @property
    def _subscriptions(self) -> frozenset[str]:
        return frozenset(key for key, product in self.products.items() if product.term_years)

    # What was filled in

    @cached_property
    def whole_forms(self) -> list[LineForm]:
        """The lines that can be ordered as they are."""
        return [form for form in self.forms if form.has_changed() and form.is_valid()]

    def ordered(self) -> list[NewLine]:
        """The complete lines as they were filled in."""
        return [form.line for form in self.whole_forms]

    # What is offered

    def offer(self, lots: Sequence[HeldLot] | None) -> None:
        """Narrows the lists of each line to the held licenses and what they can become."""
        for form in self.forms:
            action = form.typed_action
            source = cast("forms.Select", form.fields["source"].widget)
            typed = str(form["source"].value() or "")
            source.choices = self._sources(action, lots, typed)
            product = cast("ProductSelect", form.fields["product"].widget)
            product.choices = _product_choices(self._targets(action, typed.partition("|")[0]))

    def _sources(self, action: str, lots: Sequence[HeldLot] | None, typed: str) -> Any:
        if action == Action.ADD:
            return [("", "")]
        fits = self._becomes.get(action, {})
        offered: dict[str, str] = {"": gettext("Choose")}
        if lots is None:
            offered |= {source_value(key, None): key for key in fits}
        else:
            offered |= _held_choices([lot for lot in lots if lot.part.part_number in fits], action)
        if typed and typed not in offered:  # the holdings changed, or have one lot
            offered[typed] = _named(typed)
        return list(offered.items())

    def _targets(self, action: str, part_number: str) -> list[Product]:
        """The products that the part can become; without a part, those that any part can become."""
        if action == Action.ADD:
            return self.orderable
        becomes = self._becomes.get(action, {})
        if part_number in self.products:
            return becomes.get(part_number, [])
        any_of_them = {product.pk for targets in becomes.values() for product in targets}
        return [product for product in self.orderable if product.pk in any_of_them]


def _held_choices(lots: Sequence[HeldLot], action: str) -> dict[str, str]:
    """Held units with the same part and end; renewed units are left out."""
    units: dict[tuple[str, dt.date | None], int] = {}
    for lot in lots:
        left = lot.not_renewed if action == Action.RENEW else lot.quantity
        if left:
            key = (lot.part.part_number, lot.last_day)
            units[key] = units.get(key, 0) + left
    return {
        source_value(part, end): _held(part, end, count)
        for (part, end), count in sorted(units.items(), key=lambda item: source_value(*item[0]))
    }


def _held(part: str, end: dt.date | None, count: int) -> str:
    if end is None:
        return f"{count} × {part}"
    return gettext("%(count)s × %(part)s, through %(end)s") % {
        "count": count,
        "part": part,
        "end": date_format(end),
    }


def _named(typed: str) -> str:
    part, _bar, end = typed.partition("|")
    return f"{part}, {end}" if end else part


def _product_choices(products: Iterable[Product]) -> list[Any]:
    """The products by family; the part number first, then its unit."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for product in products:
        unit = product.get_unit_display().lower()
        if product.kit_of_id:
            unit = f"{product.kit_quantity} × {product.kit_of_id}"
        if years := product.term_years:
            unit = ngettext("%(years)d year", "%(years)d years", years) % {"years": years}
        groups.setdefault(product.family.name, []).append((product.pk, f"{product}, {unit}"))
    return [("", _("Choose a product")), *groups.items()]


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
