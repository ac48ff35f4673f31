"""Serial numbers as this portal issues them, and how any serial number is looked up.

Ours: `ISS-7K3M-9QWX-4TZ8-2HPC`. The family's code, then 15 random characters of Crockford's base 32
and a check character (ISO 7064, hybrid) over those 15, in fours. 75 random bits can't be guessed,
and two numbers are never the same in practice. If it happened, the database would refuse the second
one, and the order could be issued again.
"""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Protocol, TypeVar

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
BODY_LENGTH = 15
MAX_LENGTH = 64  # of a serial number issued elsewhere, too

_FORM = re.compile(
    rf"[A-Z0-9]{{1,8}}?(?P<body>[{ALPHABET}]{{{BODY_LENGTH}}})(?P<check>[{ALPHABET}])"
)  # a folded serial number begins with the code of its family
LABELS = (  # the labels before a serial number that is copied from a mail or a sticker
    "serial number", "serial no.", "serial", "s/n", "s.n.", "sn",
    "numero de serie", "num. de serie", "nro. de serie", "n.º. de serie", "serie",
)  # fmt: skip
_AS_TYPED = str.maketrans(
    {" ": r"\s+", ".": r"\.?\s?", "e": "[eé]\u0301?", "u": "[uú]\u0301?", "º": "[º°o]"}
)
_WORD = r"[^\W\d_]{2,8}"  # a family's code beside the label, as our own pages write it
_LABEL = re.compile(
    rf"(?:{_WORD}\s+)?"
    rf"(?:{'|'.join(LABELS).translate(_AS_TYPED)})"
    rf"(?:\s+(?:de\s+)?{_WORD}(?=\s*[:：]))?"
    r"\s*[\s:：#＃][\s:：#＃]*(?:[-–—]\s+)?",
    re.IGNORECASE,
)
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


class _Known(Protocol):
    @property
    def number(self) -> str: ...
    @property
    def lookup_key(self) -> str: ...


KnownSerial = TypeVar("KnownSerial", bound=_Known)


def mint(family_code: str) -> str:
    """A serial number that was never issued before."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return written(family_code, body + check_character(body))


def check_character(body: str) -> str:
    """The 16th character. It finds every single wrong character and almost every swap."""
    return str(mod_37_36.calc_check_digit(body, alphabet=ALPHABET))


def written(family_code: str, characters: str) -> str:
    """The family's code and behind it the 16 characters in fours."""
    fours = [characters[at : at + 4] for at in range(0, len(characters), 4)]
    return "-".join([family_code, *fours])


def fold(text: str) -> str:
    """The look-up key. It folds the differences that people make when they copy a serial by hand.

    Case, spaces, dashes and other punctuation go; O reads as 0, I and L as 1. The family's code is
    folded with the rest. The key is empty when nothing readable remains.
    """
    characters = unicodedata.normalize("NFKC", text).upper()
    return "".join(filter(str.isalnum, characters)).translate(_LOOK_ALIKES)


def without_label(text: str) -> str:
    """`S/N: 12-34` → `12-34`. A label ends with a colon, a blank or #: `SN1234` has none."""
    label = _LABEL.match(text)
    return (text[label.end() :] if label else "") or text


def keys_of(text: str) -> set[str]:
    """The look-up keys of all serial numbers that the text may mean."""
    return {fold(text), fold(without_label(text))}


def meant(text: str, known: Sequence[KnownSerial]) -> list[KnownSerial]:
    """The serials in `known` that the text means: an exact match, else all that fold alike.

    The text after a label is tried as well as the whole text, since a serial number from elsewhere
    may begin like a label. `known` may contain other serials; `SerialQuerySet.meant_by` answers the
    same from the database.
    """
    if exact := _written(text, known):
        return exact
    bare = without_label(text)
    behind = (_written(bare, known) or _alike(bare, known)) if bare != text else []
    return _alike(text, known) + behind


def _written(text: str, known: Sequence[KnownSerial]) -> list[KnownSerial]:
    return [each for each in known if each.number == text.strip()]


def _alike(text: str, known: Sequence[KnownSerial]) -> list[KnownSerial]:
    return [each for each in known if each.lookup_key == fold(text)]


def is_mistyped(text: str) -> bool:
    """Whether the text has the form of our serial numbers but a wrong check character.

    It reads no database: the answer tells nothing about anybody's serial numbers.
    """
    form = _FORM.fullmatch(fold(without_label(text)))
    return form is not None and check_character(form["body"]) != form["check"]


def are_one(text: str, other: str) -> bool:
    """Whether both are certainly one serial number: two from elsewhere may fold alike."""
    if text == other:
        return True
    bare = without_label(text)
    return reads_like_ours(bare) and fold(bare) == fold(without_label(other))


def reads_like_ours(text: str) -> bool:
    """Whether the text has the form of our serial numbers and the right check character."""
    form = _FORM.fullmatch(fold(text))
    return form is not None and check_character(form["body"]) == form["check"]
