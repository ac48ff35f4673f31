"""What characters are to whoever reads them: the dash of any keyboard, and what nobody sees."""

import unicodedata

_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{MODIFIER LETTER MINUS SIGN}"


def without_case(text: str) -> str:
    """Full width, accents apart from their letter and case are folded; é stays another than e."""
    return put_together(
        put_together(text).casefold()
    )  # what casefold takes apart is put together again


def is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _MORE_DASHES


def is_blank(character: str) -> bool:
    """A blank of any kind, or one that can't be seen at all."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def put_together(text: str) -> str:
    """In the one form of what can be written in several, full width letters included."""
    return unicodedata.normalize("NFKC", text)
