"""The form field for a text that people type or paste."""

from __future__ import annotations

from typing import Any

from django import forms

from texts.characters import without_marks


def as_seen(value: Any) -> Any:
    """A text without the invisible marks that were copied along; other values stay."""
    return without_marks(value) if isinstance(value, str) else value


class TextFormField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return super().to_python(as_seen(value))
