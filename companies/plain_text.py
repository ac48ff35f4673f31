"""The check of one-line texts that people type: names, PO numbers."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from texts.characters import JOINERS

_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def validate_one_line(value: str) -> None:
    """Refuses control characters and invisible direction marks: line breaks, NUL, RTL overrides.

    They have no place in a name and would reach mail headers, files and other people's pages.
    """
    if any(
        unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
        for character in value
        if character not in JOINERS
    ):
        raise ValidationError(
            _("Use plain characters on one line. There is an invisible character in this text."),
            code="not_one_line",
        )


def one_line(text: str) -> str:
    """The text as one line without invisible characters, as a mail may show it.

    A text that runs from right to left is isolated, so that it does not reorder the text around it.
    """
    line = " ".join("".join(map(_visible, text)).split())
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line):
        return f"{_FIRST_STRONG_ISOLATE}{line}{_POP_DIRECTIONAL_ISOLATE}"
    return line


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp", "Cs"):
        return " "
    is_none = ord(character) & 0xFFFE == 0xFFFE  # Unicode will never have one there
    hidden = kind == "Cf" and character not in JOINERS
    return "" if is_none or hidden else character
