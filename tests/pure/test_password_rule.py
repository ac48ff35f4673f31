"""Which passwords are good enough, and that nothing but length and guessing counts."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companies.password_rule import (
    KEYS,
    SHORTEST,
    SHORTEST_WITH_FACTOR,
    is_guessable,
    is_too_short,
    normal,
    own_weight,
    words_in,
)

COMMON = frozenset(
    {"password", "monkey", "dragon", "letmein", "battery", "horse", "123456", "1984"}
)
AROUND = (
    *("License portal", "ISS", "Vaidio"),
    *("Harbor Security", "ann.quay@dealer.example", "Ann Quay"),
)
WORDS = frozenset().union(*map(words_in, AROUND))

GOOD = [
    "correct horse battery staple",
    "zwölf müde Störche",
    "четыре слова не вместе",
    "我的密码是四个不相关的词语组成的",
    "🐢🐙🦀🐡🐬🐳🐊🐅🐆🦓🦍🦧🐘🦛🦏",
    "849302817364951",  # digits of one's own: no other kind of character is asked for
    "kitchen window upstairs",
    "my harbor security is slow on Mondays",
    "Tr0ub4dor&3 and more",
    "vbkwxqzmtrplghc",
]
GUESSABLE = [
    "licenseportal2026",
    "LicensePortal-2026!",
    "harborsecurity123",
    "Harbor Security, Inc. 1",
    "harbor-security-2026!",
    "H4rb0rS3cur1ty2026",
    "harborharborharbor",
    "ann.quay@dealer.example",
    "AnnQuayAnnQuay1",
    "quay quay quay quay",
    "vaidioharboriss1",
    "passwordpassword",
    "password12345678",
    "password 2026!!!!",
    "monkey-ISS-harbor",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabcabcabc",
    "1234512345123451",
    "123456789012345",
    "qwertyuiopasdfghjkl",
    "poiuytrewqlkjhgfdsa",
    "abcdefghijklmnop",
    "1qaz2wsx3edc4rfv",
    "ＨＡＲＢＯＲＳＥＣＵＲＩＴＹ１２３",
    "Härbör Sécürity 26",
]


def judged(password: str, shortest: int = SHORTEST) -> str:
    if is_too_short(password, shortest):
        return "short"
    guessable = is_guessable(password, shortest, words=WORDS, common=COMMON)
    return "guessable" if guessable else "good"


@pytest.mark.parametrize("password", GOOD)
def test_good(password: str) -> None:
    assert judged(password) == "good"


@pytest.mark.parametrize("password", GUESSABLE)
def test_easy_to_guess(password: str) -> None:
    assert judged(password) == "guessable"


@pytest.mark.parametrize(
    ("password", "alone", "beside_a_factor"),
    [
        ("kd8#tq!", "short", "short"),
        ("kd8#tq!m", "short", "good"),
        ("kd8#tq!mvbw2pl", "short", "good"),
        ("kd8#tq!mvbw2plz", "good", "good"),
        ("harbor26", "short", "guessable"),
        ("Monkey123!", "short", "guessable"),
        ("letmein!", "short", "guessable"),
        ("letmein", "short", "short"),
        ("öxößöÄkx", "short", "good"),
        ("e\u0301" * 8, "short", "guessable"),  # eight letters, as seen
        ("\ufdfa", "short", "short"),  # one letter that is eighteen when normal
    ],
)
def test_how_long_it_has_to_be(password: str, alone: str, beside_a_factor: str) -> None:
    assert judged(password) == alone
    assert judged(password, SHORTEST_WITH_FACTOR) == beside_a_factor


OWN = st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " ", min_size=15)
PARTS = st.lists(st.sampled_from(sorted(WORDS | {"password", "qwerty", "12345"})), min_size=1)


def has_nothing_known(text: str) -> bool:
    plain = text.casefold().translate(str.maketrans("01345@$", "oieasas"))
    known = WORDS | COMMON | {row[i : i + 4] for row in (*KEYS, *(k[::-1] for k in KEYS))
                              for i in range(len(row) - 3)}  # fmt: skip
    found = any(word in variant for word in known for variant in (text.casefold(), plain))
    return not found and not re.search(r"(.)\1{3}", text) and not re.fullmatch(r"(.+)\1+.*", text)


@given(OWN)
def test_whatever_has_nothing_known_in_it_is_good_at_its_length(text: str) -> None:
    """So there is no rule about kinds of characters."""
    if has_nothing_known(text):
        assert judged(text) == "good"


@given(PARTS, st.text(alphabet="0123456789!?.-_ ", max_size=7))
def test_known_words_and_a_few_digits_or_signs_never_do(parts: list[str], sign: str) -> None:
    words = [part for part in parts if part != "password"]  # one common password, at most
    for joiner in ("", "-"):
        text = (joiner.join([*words[:4], "password"]) + sign)[:254]
        assert judged(text) != "good", text


@given(st.text(min_size=1, max_size=60), st.integers(2, 5))
def test_saying_it_again_adds_nothing(text: str, times: int) -> None:
    weights = [own_weight(each, words=(), common=frozenset()) for each in (text, text * times)]
    assert weights[1] <= weights[0]


@given(st.text(max_size=80))
def test_how_it_was_typed_makes_no_difference(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_the_words_of_names_and_addresses() -> None:
    assert words_in("Harbor Security") == {"harbor", "security", "harborsecurity"}
    assert words_in("O’Hare & Söhne AG") == {"hare", "sohne", "oharesohneag"}
    assert words_in("") == set()


LONGEST = "bdfhjlnprtvxzacegikmoqsuwybgmrwchnsxdity"  # forty letters
WEIGHTS = {
    # two for a letter, one for a digit or a sign; nothing for what can be guessed
    "xq7!": 6,
    "harbor": 0,
    "harborx": 2,
    "7harbor7": 2,
    "h4rb0r": 0,
    "xharborquay": 2,
    "ag": 4,  # a word that is too short to count
    "monkey": 0,
    "monkeyx": 2,
    "7monkey": 1,
    "monkeydragon": 12,  # of several common ones, one
    "monkeyharbor": 0,
    "harbormonkeyx": 2,
    "1984": 0,
    "1984x": 6,  # digits that are common are so by themselves only
    "nbvq7": 1,
    "abz7": 7,  # a common one that is too short to be looked for in another
    "abcdx": 2,
    "xabcd": 2,
    "abcx": 8,
    "dcbax": 2,
    "aaaax": 2,
    "aaax": 8,
    "xqxqxqx": 4,  # one part, again and again
    "xqxq": 4,
    "xqvxq": 10,  # not even twice
    "xqvxqz": 12,
    "xx": 2,
    LONGEST + "7": 1,
    "7" + LONGEST: 1,
    LONGEST + "qz": 84,  # a word of the context that is too long to be looked for
}


@pytest.mark.parametrize("password", WEIGHTS)
def test_what_a_password_weighs(password: str) -> None:
    words = ["harbor", "quay", "ag", LONGEST]
    if password == LONGEST + "qz":
        words[-1] += "q"
    common = frozenset({"monkey", "dragon", "1984", "nbvq", "abz"})
    assert own_weight(password, words=words, common=common) == WEIGHTS[password]


def test_it_is_guessable_where_it_weighs_less_than_it_has_to_be_long() -> None:
    assert not is_guessable("xq7!", 6, words=(), common=frozenset())
    assert is_guessable("xq7!", 7, words=(), common=frozenset())
    assert is_guessable("harborx", 3, words=["harbor"], common=frozenset())
    assert is_guessable("monkeyx", 3, words=(), common=frozenset({"monkey"}))


def test_words_are_found_without_accents_and_as_short_as_three_letters() -> None:
    assert words_in("Ag Quá é") == {"qua", "agquae"}
    assert words_in("ﬁn") == {"fin"}
