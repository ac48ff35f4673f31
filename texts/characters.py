"""How readers see characters: any dash is a dash, and invisible characters are not there."""

import unicodedata

JOINERS = "\u200c\u200d"  # part of words in some scripts, and of emoji
_TURNING = "\u202d\u202e"  # they show the letters behind them in another order
_SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # signs of numbers
_NO_MARKS = JOINERS + _TURNING + _SEEN
_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}"


def without_case(text: str) -> str:
    """Folds full width, separate accents and case; é stays different from e."""
    return put_together(put_together(text).casefold())  # casefold may separate accents again


def without_marks(text: str) -> str:
    """Removes invisible marks that are copied along with a text.

    They isolate directions, as in our own mails, join nothing, or begin a file. Joiners stay: they
    are part of words in some scripts. So do marks that are seen or that turn letters around.
    """
    return text if text.isascii() else "".join(each for each in text if not _is_mark(each))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Cf" and character not in _NO_MARKS


def is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _MORE_DASHES


def is_blank(character: str) -> bool:
    """Whether the character is a blank of any kind or invisible."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def put_together(text: str) -> str:
    """The text in one form (NFKC), if there are several like full width letters."""
    return unicodedata.normalize("NFKC", text)
