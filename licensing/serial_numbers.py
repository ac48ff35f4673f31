"""Serial numbers as this portal issues them, and how any serial number is looked up.

Ours: `ISS-7K3M-9QWX-4TZ8-2HPC`. The family's code, then 15 random characters of
Crockford's base 32 and a check character (ISO 7064, hybrid) over those 15, in fours.
75 random bits: nobody guesses one, and two never meet in practice; should they ever,
the database refuses the second and the order can be issued again.
"""

import re
import secrets
import unicodedata

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
BODY_LENGTH = 15
MAX_LENGTH = 64  # of a serial number issued elsewhere, too

_FORM = re.compile(
    rf"[A-Z0-9]{{1,8}}?(?P<body>[{ALPHABET}]{{{BODY_LENGTH}}})(?P<check>[{ALPHABET}])"
)  # of a folded one: a family's code comes first
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def mint(family_code: str) -> str:
    """A serial number that was never issued before."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return written(family_code, body + check_character(body))


def check_character(body: str) -> str:
    """The 16th character: finds every single wrong character and almost every swap."""
    return str(mod_37_36.calc_check_digit(body, alphabet=ALPHABET))


def written(family_code: str, characters: str) -> str:
    """The 16 characters in fours behind the family's code."""
    fours = [characters[at : at + 4] for at in range(0, len(characters), 4)]
    return "-".join([family_code, *fours])


def fold(text: str) -> str:
    """The look-up key: whatever people change when they copy a serial by hand is folded.

    Case, spaces, dashes and other punctuation go; O reads as 0, I and L as 1. The
    family's code is folded with the rest. Empty when nothing readable is left.
    """
    characters = unicodedata.normalize("NFKC", text).upper()
    return "".join(filter(str.isalnum, characters)).translate(_LOOK_ALIKES)


def is_mistyped(text: str) -> bool:
    """Whether it has the form of ours and its check character says that it was never issued.

    It is not looked up: the answer tells nothing about anybody's serial numbers.
    """
    form = _FORM.fullmatch(fold(text))
    return form is not None and check_character(form["body"]) != form["check"]
