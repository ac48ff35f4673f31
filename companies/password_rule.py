"""Which passwords are good enough (NIST SP 800-63B-4), decided without Django and a database.

A password must be long and hard to guess. It needs no digits, capitals or signs. These parts are
easy to guess and do not count: words of the portal, of the company and of the person, passwords of
the list of common ones, rows of keys or of the alphabet, and repetitions. A password that is long
enough without such parts is good.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Set

SHORTEST = 15  # characters, where the password is the only factor
SHORTEST_WITH_FACTOR = 8
LONGEST_WORD = 40
SHORTEST_WORD = 3  # characters of a word that does not count; "ag" would be found everywhere
SHORTEST_COMMON = 4  # characters of a common password within a longer one
SHORTEST_RUN = 4  # characters of a row of keys; 111 or 123 stands in many good numbers
KEYS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
    '!"#$%&/()=',
)
ROWS = "\n".join([*KEYS, *(row[::-1] for row in KEYS)])
# Signs and digits that people write instead of a letter
LETTERS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})


def is_too_short(password: str, shortest: int) -> bool:
    return min(len(password), len(normal(password))) < shortest


def is_guessable(password: str, shortest: int, *, words: Iterable[str], common: Set[str]) -> bool:
    """Whether too little of a password that is long enough is the person's own.

    The words of the context and the common passwords are in lower case.
    """
    return own_weight(password, words=words, common=common) < shortest


def normal(password: str) -> str:
    """The form that is kept (NFKC): the same keys on another machine may give other code points."""
    return unicodedata.normalize("NFKC", password)


def words_in(text: str) -> set[str]:
    """The words of a name or an address, and all of them written together, in lower case."""
    plain = _plain(text)
    spaced = "".join(character if character.isalnum() else " " for character in plain)
    words = spaced.split()
    return {word for word in (*words, "".join(words)) if len(word) >= SHORTEST_WORD}


def own_weight(password: str, *, words: Iterable[str], common: Set[str]) -> int:
    """The weight without the guessable parts: two for a letter, one for a digit or a sign.

    So “harbor-security-2026!” weighs little, fifteen digits of one's own are enough, and four words
    are plenty. Only one common password is taken out: several together make a good password.
    """
    text = _once(_plain(password))
    if text in common:
        return 0
    known = {word for word in words if len(word) >= SHORTEST_WORD}
    fewest, beside_common = [0], [0]  # for the first n characters; the latter skips one common
    for end, character in enumerate(text, start=1):
        steps = [(end - 1, 2 if character.isalpha() else 1)]
        steps += [(begin, 0) for begin in _begins_of_known(text, end, known)]
        common_begins = _begins_of_common(text, end, common)
        fewest.append(min(fewest[begin] + own for begin, own in steps))
        beside = [beside_common[begin] + own for begin, own in steps]
        beside_common.append(min(beside + [fewest[begin] for begin in common_begins]))
    return beside_common[-1]


def _begins_of_known(text: str, end: int, known: Set[str]) -> Iterator[int]:
    """The positions where words of the context and rows of keys begin that end at `end`."""
    letters = text.translate(LETTERS)
    for begin in range(max(0, end - LONGEST_WORD), end - SHORTEST_WORD + 1):
        part = text[begin:end]
        if part in known or letters[begin:end] in known or _is_run(part):
            yield begin


def _begins_of_common(text: str, end: int, common: Set[str]) -> Iterator[int]:
    for begin in range(max(0, end - LONGEST_WORD), end - SHORTEST_COMMON + 1):
        part = text[begin:end]
        if part in common and not part.isdigit():
            yield begin


def _is_run(part: str) -> bool:
    if len(part) < SHORTEST_RUN:
        return False
    return part in ROWS or len(set(part)) == 1


def _plain(text: str) -> str:
    """The text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _once(text: str) -> str:
    """One repetition, if the text only repeats a part (the last may be cut off); else the text."""
    for length in range(1, len(text) // 2 + 1):
        part = text[:length]
        if (part * (len(text) // length + 1))[: len(text)] == text:
            return part
    return text
