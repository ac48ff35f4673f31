"""What a browser answers for a passkey: JSON with CBOR in it, from anybody, read by others' code.

allauth and fido2 tell apart what they do not take by whatever error comes first, go as deep as
the answer does, and copy what is left for each part of it: time grows with the square of its
length. So it is short here, and whatever they stumble over is a wrong code.
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
        """An answer counts once: it is not shown again, nor read for that."""


@contextmanager
def blamed_on_the_answer() -> Iterator[None]:
    """Whatever the readers of others stumble over."""
    broken = (
        AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError,
        struct.error,
    )  # fmt: skip
    try:
        yield
    except broken:
        raise get_adapter().validation_error("incorrect_code") from None


class Asked:
    """A form that has proof of a passkey as its only field."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()

    def clean_credential(self) -> Authenticator:
        with blamed_on_the_answer():
            return super().clean_credential()  # type: ignore[misc]  # allauth ships no types
