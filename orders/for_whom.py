"""The fields of a form in which it says for whom it orders.

Buyers choose among the companies that they order for. Sales fills in a form on behalf of one
company, and chooses the member who gets the confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from orders.permissions import companies_of, companies_to_enter_for


class CompanyField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable when it runs
    offered: Sequence[Company] = ()  # those that were read to be offered

    def to_python(self, value: Any) -> Company | None:
        """One of those that are offered is not read again."""
        read = (company for company in self.offered if str(company.pk) == value)
        return next(read, None) or super().to_python(value)


class ForWhomForm(forms.Form):
    company = CompanyField(
        label=_("Order for"),
        queryset=Company.objects.none(),
        empty_label=None,
        error_messages={
            "invalid_choice": _("You can no longer order for this company. Begin a new order.")
        },
    )

    def offer_companies(self, user: User, on_behalf_of: Company | None) -> list[Company]:
        """Hides the choice if there is only one company."""
        field = cast("CompanyField", self.fields["company"])
        if on_behalf_of:
            field.queryset = companies_to_enter_for().filter(pk=on_behalf_of.pk)
            companies = [on_behalf_of]
        else:
            field.queryset = companies_of(user)
            companies = field.offered = list(field.queryset)
        if len(companies) == 1:
            field.widget = forms.HiddenInput()
        return companies

    def offer_members(self, company: Company, *, help_text: str, required: str) -> None:
        """`required` is said where none is chosen."""
        self.fields["ordered_for"] = forms.ModelChoiceField(
            label=_("Ordered for"),
            queryset=User.objects.members_of(company),
            empty_label=_("Choose a member"),
            help_text=help_text,
            error_messages={
                "required": required,
                "invalid_choice": _("Choose one of the members in the list."),
            },
        )
