"""One-line texts that people type: names, PO numbers."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_JOINERS = "\u200c\u200d"  # part of words in some scripts, and of emoji


def validate_one_line(value: str) -> None:
    """Refuses control characters and invisible direction marks: line breaks, NUL, RTL overrides.

    They have no place in a name and would reach mail headers, files and other people's pages.
    """
    if any(
        unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
        for character in value
        if character not in _JOINERS
    ):
        raise ValidationError(
            _("Use plain characters on one line. There is an invisible character in this text."),
            code="not_one_line",
        )
