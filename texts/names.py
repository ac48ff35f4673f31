"""Names of sites and companies: which are the same, which comes first, which look alike. Pure.

An order asks about *same* names. The key ignores case, the forms of a letter (full width, separate
accents), invisible characters, and all signs other than letters and digits: each run of such signs
reads as one blank. So "O'Hare" is "O’Hare" and "O Hare", while "OHare" and "Ohare" are other names,
and so are "1-2" and "12". An accent counts: it may distinguish two places.

*Similar* names are only shown, as a guess: the guess ignores accents, the order of words, the usual
short forms and one slip in a long word, but never a word that distinguishes neighbors.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

LONGEST_NAME = 120  # characters, of a site or a company
MAX_KEY = 3 * LONGEST_NAME  # characters, as ﬃ folds to three letters
MAX_WORDS = 20  # words of a name that are searched for slips
LONG = 6  # letters of a word that may have a slip
SHORTEST_SLIP = 4  # letters of a searched word that may have one: what it finds is only shown
MAX_PARTS = 8  # words of a search

NOTHING_TO_SEE = "\ufffd"  # the key of all names that are not empty but look empty

_DIGEST = 12  # characters that stand for the part that is cut off
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)  # Unicode: Default_Ignorable_Code_Point
_APOSTROPHES = str.maketrans(
    dict.fromkeys("ʹʺʻʼʽʾʿˈˊˋꞋꞌ", "'")
)  # letters by Unicode that we read as punctuation
_DASHES = re.compile("[\u2010-\u2015\u2212\u2e3a\u2e3b\u301c\u3030]")
_ACCENTS = re.compile("[\u0300-\u036f]")


# Same -----------------------------------------------------------------------------------------


def same_key(name: str) -> str:
    """The key of a name: two names are the same when their keys are equal. At most MAX_KEY
    characters.

    The key of a key is the key. For a name with neither letter nor digit, its signs are the key:
    "***" is not "---".
    """
    folded = _folded(name)
    words = (_without_leading_marks(word) for word in _without_punctuation(folded).split())
    key = " ".join(filter(None, words)) or _signs(folded)
    if not key and name.strip():
        return NOTHING_TO_SEE
    return key if len(key) <= MAX_KEY else _cut(key)


def _folded(text: str) -> str:
    """Folds until nothing changes: each step may produce characters for another step."""
    while True:
        visible = _INVISIBLE.sub("", text).translate(_APOSTROPHES)
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
        if folded == text:
            return text
        text = folded


def _without_punctuation(text: str) -> str:
    """Keeps letters, their marks and digits, and puts a blank for every other character."""
    return "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in text)


def _without_leading_marks(word: str) -> str:
    """Drops accents that stand on no letter: they are signs, as in "O´Hare" once it is folded."""
    while word and unicodedata.category(word[0])[0] == "M":
        word = word[1:]
    return word


def _signs(folded: str) -> str:
    """The visible signs of a name that has no letters or digits."""
    seen = (each for each in folded if unicodedata.category(each)[0] not in "CMZ")
    return _DASHES.sub("-", "".join(seen))


def _cut(key: str) -> str:
    """Cuts a long key and adds a digest, since two long names may differ only near their ends."""
    digest = blake2b(key.encode(), digest_size=_DIGEST // 2).hexdigest()
    return f"{key[: MAX_KEY - _DIGEST - 1].rstrip()} {digest}"


# Order ----------------------------------------------------------------------------------------


def sort_key(name: str) -> str:
    """The key that lists are sorted by, by code points: Site 2 before Site 10, É with E.

    The count of its digits precedes each number. At most MAX_KEY characters.
    """
    return re.sub(r"\d+", _by_length, _plain(same_key(name)))[:MAX_KEY]


def _by_length(number: re.Match[str]) -> str:
    digits = str(int(number[0]))
    return f"{len(digits):03}{digits}"


def _plain(text: str) -> str:
    """The text without accents."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


# Similar --------------------------------------------------------------------------------------

_SHORT_FORMS = {
    short: word
    for word, shorts in {
        "apartment": "apt",
        "avenue": "ave av avenida avda",
        "bodega": "bod",
        "boulevard": "blvd bulevar",
        "building": "bldg bld",
        "center": "ctr centre",
        "colonia": "col",
        "company": "co compania cia",
        "corporation": "corp",
        "department": "dept",
        "drive": "dr",
        "edificio": "edif ed",
        "floor": "fl flr",
        "fort": "ft",
        "headquarters": "hq",
        "highway": "hwy",
        "hospital": "hosp",
        "incorporated": "inc",
        "international": "intl",
        "lane": "ln",
        "limited": "ltd",
        "manufacturing": "mfg",
        "mount": "mt",
        "parkway": "pkwy",
        "plaza": "plz",
        "road": "rd",
        "square": "sq",
        "street": "st str saint",  # Main St, St Mary: both are read alike
        "sucursal": "suc",
        "suite": "ste",
        "university": "univ",
        "warehouse": "whse wh",
    }.items()
    for short in shorts.split()
}
_DIRECTIONS = """
    north south east west northeast northwest southeast southwest northern southern eastern
    western ne nw se sw left right upper lower front rear back inner outer inside outside
    norte sur este oeste noreste noroeste nordeste sudeste sureste sudoeste suroeste oriente
    poniente occidente oriental occidental izquierda izquierdo derecha derecho superior inferior
"""
_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
    primer primero primera segundo segunda tercer tercero tercera cuarto cuarta quinto quinta
    sexto sexta septimo septima setimo setima octavo octava noveno novena decimo decima
    undecimo undecima duodecimo duodecima
"""
_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis
    diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro
    veinticinco veintiseis veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta
    setenta ochenta noventa
"""
_TELLING = frozenset([*_DIRECTIONS.split(), *_ORDINALS.split(), *_NUMBERS.split()])
_ROMAN = re.compile("m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")


@dataclass(frozen=True, slots=True)
class _Outline:
    """The parts of a name that similar names share."""

    telling: tuple[str, ...]  # the words that distinguish names, in their order
    words: tuple[str, ...]  # the other words, sorted


def are_similar(one: str, other: str) -> bool:
    """Whether both may be one place written in two ways. False for names that are the same."""
    first, second = same_key(one), same_key(other)
    return first != second and _look_alike(_outline(first), _outline(second))


def _look_alike(one: _Outline, other: _Outline) -> bool:
    if one.telling != other.telling:
        return False
    left = [*(Counter(one.words) - Counter(other.words)).elements()]
    right = [*(Counter(other.words) - Counter(one.words)).elements()]
    if len(left) == len(right) == 1:
        return is_one_slip_apart(left[0], right[0])
    return not left and not right


def _outline(key: str) -> _Outline:
    words = [_plain(word) for word in key.split()]
    telling = tuple(word for word in words if _tells_apart(word))
    others = (_SHORT_FORMS.get(word, word) for word in words if not _tells_apart(word))
    return _Outline(telling, tuple(sorted(others)))


def _tells_apart(word: str) -> bool:
    """Whether the word distinguishes places: digit, single letter, ordinal, number, direction."""
    return (
        len(word) == 1
        or word in _TELLING
        or _ROMAN.fullmatch(word) is not None
        or not all(unicodedata.category(each)[0] in "LM" for each in word)
    )


def is_one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter is added, missing, different, or two neighbors are swapped.

    The longer word has at least LONG letters.
    """
    short, long = sorted((one, other), key=len)
    return len(long) >= LONG and _is_one_slip(short, long)


def _is_one_slip(short: str, long: str) -> bool:
    same = next((at for at, each in enumerate(short) if each != long[at]), len(short))
    rest, longer = short[same:], long[same:]
    if len(short) < len(long):
        return rest == longer[1:]
    return rest[1:] == longer[1:] or rest[1::-1] + rest[2:] == longer


# Searching ------------------------------------------------------------------------------------


def parts_of(searched: str) -> list[str]:
    """The words that a name must have to be found, in any order: as parts of it.

    At most MAX_PARTS: no name has so many that more of them would tell it apart.
    """
    return [*dict.fromkeys(same_key(searched).split())][:MAX_PARTS]


def has_parts(key: str, parts: Sequence[str]) -> bool:
    return all(part in key for part in parts)


def distance(searched: str, key: str) -> int:
    """How far a name that was found is from the searched text, both as keys: 0 is the same."""
    if searched == key:
        return 0
    if key.startswith(searched):
        return 1
    return 2 if searched in key else 3


def pieces(part: str) -> tuple[str, ...]:
    """The beginning of a word, and the end of a long one: with one slip, one of them is right.

    None of a short word or of one that tells places apart: such a word must be there as it is.
    """
    if len(part) < SHORTEST_SLIP or _tells_apart(part):
        return ()
    half = (len(part) - 1) // 2
    return (part[:half], part[-half:]) if half >= LONG // 2 else (part[:2],)


def has_parts_with_slips(key: str, parts: Sequence[str]) -> bool:
    """Whether each part is a word of the name, perhaps with one slip in it."""
    words = key.split()
    return all(any(_is_perhaps(part, word) for word in words) for part in parts)


def _is_perhaps(part: str, word: str) -> bool:
    if part == word:
        return True
    short, long = sorted((part, word), key=len)
    return bool(pieces(part)) and not _tells_apart(word) and _is_one_slip(short, long)


# Finding what is similar ----------------------------------------------------------------------
#
# A database can't call `are_similar` on each of its names; it has an index of three letters at a
# time. So each name is written down once for each slip that it may have: all but the word with
# the slip stands there as eight characters, and that word itself behind them. Of two similar
# names, the word's beginning or its end is the same.


def likeness(name: str, owner: int) -> str:
    """The text that holds the `like_patterns` of similar names of the same owner."""
    outline = _outline(same_key(name))
    whole = _mark(owner, outline)
    return " ".join(["", whole, *(mark + word for mark, word in _slips(outline, owner)), ""])


def like_patterns(name: str, owner: int) -> list[tuple[str, ...]]:
    """Patterns: a name may be similar if its likeness has all the parts of one of them."""
    outline = _outline(same_key(name))
    patterns: list[tuple[str, ...]] = [(f" {_mark(owner, outline)} ",)]
    for mark, word in _slips(outline, owner):
        half = (len(word) - 1) // 2  # one letter between the halves: a swap touches one of them
        patterns += [(f" {mark}{word[:half]}",), (f" {mark}", f"{word[half + 1 :]} ")]
    return patterns


def _slips(outline: _Outline, owner: int) -> Iterator[tuple[str, str]]:
    """For each word that may have a slip: the mark of all the other words, and the word."""
    for at, word in enumerate(outline.words[:MAX_WORDS]):
        if len(word) >= LONG - 1 and word not in outline.words[:at]:
            others = outline.words[:at] + outline.words[at + 1 :]
            yield _mark(owner, _Outline(outline.telling, others)), word


def _mark(owner: int, outline: _Outline) -> str:
    text = "/".join([str(owner), " ".join(outline.telling), " ".join(outline.words)])
    return b32encode(blake2b(text.encode(), digest_size=5).digest()).decode().lower()
