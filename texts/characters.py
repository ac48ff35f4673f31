"""What characters are to whoever reads them: the dash of any keyboard, and what nobody sees."""

import unicodedata

JOINERS = "\u200c\u200d"  # part of words in some scripts, and of emoji
_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}"


def without_case(text: str) -> str:
    """Full width, accents apart from their letter and case are folded; é stays another than e."""
    return put_together(
        put_together(text).casefold()
    )  # what casefold takes apart is put together again


def without_marks(text: str) -> str:
    """Without the marks that are copied along with a text and that nobody sees.

    They isolate directions, as in our own mails, join nothing, or begin a file.
    Joiners stay: they are part of words in some scripts.
    """
    if text.isascii():
        return text
    return "".join(each for each in text if each in JOINERS or unicodedata.category(each) != "Cf")


def is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _MORE_DASHES


def is_blank(character: str) -> bool:
    """A blank of any kind, or one that can't be seen at all."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def put_together(text: str) -> str:
    """In the one form of what can be written in several, full width letters included."""
    return unicodedata.normalize("NFKC", text)
