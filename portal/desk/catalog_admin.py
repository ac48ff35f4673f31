"""The catalog at the sales desk: license types with their serial policy, and products."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.models import Family, Product, UpgradePath
from portal.desk.base import DeskAdmin


@admin.register(Family)
class FamilyAdmin(DeskAdmin):
    sortable_by = None  # a few rows
    switches = ("reissue_on_add", "reissue_on_upgrade", "reissue_on_renew", "asks_changeover")
    list_display = ("code", "name", "tagline", *switches, "position")
    fields = ("code", "name", "tagline", "position", *switches)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Family | None = None) -> Any:
        return ("code",) if obj else ()  # a changed key would make another row


class ProductForm(forms.ModelForm):
    """Refuses products that make no sense in the rules, so that no order fails on them later."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_references(data)
        self._check_kit(data.get("kit_of"), data.get("kit_quantity"))
        return data

    def _check_references(self, data: dict[str, Any]) -> None:
        family = data.get("family") or (self.instance.pk and self.instance.family)
        for name in ("kit_of", "requires", "counts_as"):
            other = data.get(name)
            if other and other.pk == (self.instance.pk or data.get("part_number")):
                self.add_error(name, _("Choose another product than this one."))
            elif other and family and other.family_id != family.pk:
                self.add_error(name, _("Choose a product of the same license type."))

    def _check_kit(self, kit_of: Product | None, quantity: int | None) -> None:
        if quantity is not None and (quantity > 1) != (kit_of is not None):
            text = _("A pack names its product and holds 2 units or more; all others hold 1.")
            self.add_error("kit_quantity", text)
        if kit_of is not None and kit_of.kit_of_id:
            self.add_error("kit_of", _("This is a pack itself. Choose the product that it holds."))
        if kit_of is not None and self.instance.pk and self.instance.kits.exists():
            self.add_error("kit_of", _("Packs stand for this product, so it can’t be a pack."))


@admin.register(Product)
class ProductAdmin(DeskAdmin):
    form = ProductForm
    sortable_by = None  # a few rows
    list_display = (
        "part_number",
        "family",
        "unit",
        "requires",
        "kit_of",
        "kit_quantity",
        "tier",
        "term_years",
        "active",
    )
    list_filter = ("family", "active", "unit")
    list_select_related = ("family", "requires", "kit_of")
    search_fields = ("description",)  # and part numbers
    fieldsets = (
        (None, {"fields": ("part_number", "family", "description", "unit", "position", "active")}),
        (gettext_lazy("Pack"), {"fields": ("kit_of", "kit_quantity")}),
        (gettext_lazy("Rules"), {"fields": ("requires", "requires_one_each", "counts_as")}),
        (gettext_lazy("Subscription"), {"fields": ("tier", "term_years")}),
    )

    def ways_to_find(self, text: str) -> list[Q]:
        """Searches parts of part numbers, too, in any spelling."""
        if not (ways := super().ways_to_find(text)):
            return []
        return [*ways, Q(pk__in=Product.objects.with_in_its_number(text.strip()))]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """A sold product keeps its part number and its license type."""
        return ("part_number", "family") if obj else ()


class UpgradePathForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("to_product") and data["to_product"] == data.get("from_product"):
            self.add_error("to_product", _("Choose another product than this one."))
        return data


@admin.register(UpgradePath)
class UpgradePathAdmin(DeskAdmin):
    """Upgrades between products. Switch an unwanted path off instead of deleting it.

    The next upgrade of the portal would add a deleted path again.
    """

    form = UpgradePathForm
    sortable_by = None  # a few rows
    list_display = ("__str__", "family", "active")
    list_filter = ("active", "from_product__family")
    list_select_related = ("from_product",)
    search_fields = ("from_product__family__code",)  # and part numbers
    fields = ("from_product", "to_product", "active")

    @admin.display(description=gettext_lazy("license type"))
    def family(self, path: UpgradePath) -> str:
        return path.from_product.family_id

    def ways_to_find(self, text: str) -> list[Q]:
        """Searches parts of either part number, too, in any spelling."""
        if not (ways := super().ways_to_find(text)):
            return []
        names = Product.objects.with_in_its_number(text.strip())
        return [*ways, Q(from_product__in=names), Q(to_product__in=names)]

    def get_readonly_fields(self, request: HttpRequest, obj: UpgradePath | None = None) -> Any:
        """The products of a path are fixed, since orders used it; another pair is another path."""
        return ("from_product", "to_product") if obj else ()
