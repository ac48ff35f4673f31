"""One-line texts that people type: names, PO numbers."""

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
    """As it may stand in a mail, whatever was typed once: one line without invisible characters.

    Text that runs from right to left keeps its order to itself: what stands around it is ours.
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
