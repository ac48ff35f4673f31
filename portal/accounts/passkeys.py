"""Bounds the browser's answer for a passkey: JSON with CBOR in it, which libraries parse.

allauth and fido2 report bad answers by any error, follow any depth, and copy the rest for each
part: their time grows with the square of the length. So long answers are refused here, and any
error of theirs counts as a wrong code.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import ValidationError

MAX_ANSWER = 20_000  # characters; with a chain of certificates it has about 6,000


class AnswerField(forms.JSONField):
    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        if value and len(value) > MAX_ANSWER:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return super().to_python(value)
        except (RecursionError, ValueError):  # too deep, or a number of thousands of digits
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data: Any, initial: Any) -> None:
        """Nothing: an answer counts once, so the form does not show it again."""


@contextmanager
def blamed_on_the_answer() -> Iterator[None]:
    """Turns any error of the parsing libraries into a refusal of the answer."""
    broken = (
        AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError,
        struct.error,
    )  # fmt: skip
    try:
        yield
    except broken:
        raise get_adapter().validation_error("incorrect_code") from None


class Asked:
    """A form that has the proof of a passkey as its only field."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()

    def clean_credential(self) -> Authenticator:
        with blamed_on_the_answer():
            return super().clean_credential()  # type: ignore[misc]  # allauth ships no types
