"""The check of addresses that we are asked to write to."""

from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext_lazy as _

from companies.plain_text import validate_one_line
from texts.addresses import stored_form


def validate_can_be_written_to(value: str) -> None:
    """Refuses an address that is valid but can't stand in the header of a mail.

    An international domain may have no ASCII form, or too long a one; letters beyond ASCII before
    the @ get lost on the way; and quoted parts may hold characters that a header may not.
    """
    try:
        validate_one_line(value)
        sanitize_address(stored_form(value).encode("ascii").decode(), "utf-8")
    except (ValidationError, ValueError):
        raise ValidationError(
            _("We can’t send mail to this address. Enter one like name@company.com."),
            code="not_writable",
        ) from None
