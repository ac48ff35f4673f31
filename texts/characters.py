"""How readers see characters: any dash is a dash, and invisible characters are not there."""

import unicodedata

_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}"


def without_case(text: str) -> str:
    """Folds full width, separate accents and case; é stays different from e."""
    return put_together(put_together(text).casefold())  # casefold may separate accents again


def is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _MORE_DASHES


def is_blank(character: str) -> bool:
    """Whether the character is a blank of any kind or invisible."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def put_together(text: str) -> str:
    """The text in one form (NFKC), if there are several like full width letters."""
    return unicodedata.normalize("NFKC", text)
