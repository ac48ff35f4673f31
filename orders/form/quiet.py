"""Forms that are shown while somebody types: they know what is wrong, and do not say so."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import ErrorDict


class QuietForm(forms.Form):
    """Cleaned like any other; once it is `hushed` it shows no errors."""

    hushed = False

    @property
    def errors(self) -> ErrorDict:
        return ErrorDict() if self.hushed else super().errors


class QuietFormSet(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable when it runs
    hushed = False

    def non_form_errors(self) -> Any:
        return self.error_class() if self.hushed else super().non_form_errors()

    def hush(self) -> None:
        self.hushed = True
        for form in self.forms:
            form.hushed = True
