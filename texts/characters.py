"""How readers see characters: any dash is a dash, and invisible characters are not there."""

import unicodedata

JOINERS = "\u200c\u200d"  # part of words in some scripts, and of emoji
_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}"


def without_case(text: str) -> str:
    """Folds full width, separate accents and case; é stays different from e."""
    return put_together(put_together(text).casefold())  # casefold may separate accents again


def without_marks(text: str) -> str:
    """Removes invisible marks that are copied along with a text.

    They isolate directions, as in our own mails, join nothing, or begin a file. Joiners stay: they
    are part of words in some scripts.
    """
    if text.isascii():
        return text
    return "".join(each for each in text if each in JOINERS or unicodedata.category(each) != "Cf")


def is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _MORE_DASHES


def is_blank(character: str) -> bool:
    """Whether the character is a blank of any kind or invisible."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def put_together(text: str) -> str:
    """The text in one form (NFKC), if there are several like full width letters."""
    return unicodedata.normalize("NFKC", text)
