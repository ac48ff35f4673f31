"""When two email addresses are the same, and when they only look so."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts.addresses import MAX_FOLDED, part_of_stored, stored_form, stored_forms, written_in

HOME = "sales.liaison@idisamericas.com"
BOOKS = "ann@xn--bcher-kva.example"
LOOK_ALIKES = "ıſİаｉᵢⅰs\u0307і\u200b\u00ad"  # none of them is i, s or nothing

SAME = {
    "capitals": ("Sales.Liaison@IDISAmericas.COM", HOME),
    "blanks around it": ("\u00a0 sales.liaison@idisamericas.com\t", HOME),
    "an international domain": ("ann@bücher.example", BOOKS),
    "its capitals": ("Ann@BÜCHER.Example", BOOKS),
    "its accent as a character of its own": ("ann@bu\u0308cher.example", BOOKS),
    "its ASCII name in capitals": ("ann@XN--BCHER-KVA.example", BOOKS),
    "the dot of Japanese keyboards": ("ann@bücher\u3002example", BOOKS),
    "the Kelvin sign, which is the letter K for Unicode": ("\u212aim@K.example", "kim@k.example"),
}


@pytest.mark.parametrize("case", SAME)
def test_it_is_the_same_mailbox(case: str) -> None:
    written, stored = SAME[case]
    assert stored_form(written) == stored


DIFFERENT = {
    "dotless ı in the domain": ("sales.liaison@ıdisamericas.com", HOME),
    "dotless ı": ("sales.lıaison@idisamericas.com", HOME),
    "dotted İ in the domain": ("sales.liaison@İdisamericas.com", HOME),
    "dotted İ": ("sales.lİaison@idisamericas.com", HOME),
    "long ſ in the domain": ("sales.liaison@idiſamericas.com", HOME),
    "long ſ": ("ſales.liaison@idisamericas.com", HOME),
    "a Cyrillic letter": ("sales.liaison@idis\u0430mericas.com", HOME),
    "full width": ("sales.liaison@\uff49disamericas.com", HOME),
    "a zero width space": ("sales.\u200bliaison@idisamericas.com", HOME),
    "a soft hyphen": ("sales.liaison@idis\u00adamericas.com", HOME),
    "ß and ss": ("ann@straße.example", "ann@strasse.example"),
    "ß and ss before the @": ("straße@x.example", "strasse@x.example"),
    "an accent": ("ann@bücher.example", "ann@bucher.example"),
    "dots": ("a.nn@x.example", "ann@x.example"),
    "a tag": ("ann+x@x.example", "ann@x.example"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_it_only_looks_the_same(case: str) -> None:
    one, other = DIFFERENT[case]
    assert stored_form(one) != stored_form(other)


ANYTHING = st.text(max_size=400) | st.builds(
    "{}@{}".format, st.text(max_size=70), st.text(alphabet="aüßıſK\u0308.-ΣE\u3002@xn", max_size=80)
)


@given(ANYTHING)
def test_the_stored_form_of_a_stored_form_is_itself(text: str) -> None:
    stored = stored_form(text)
    assert stored_form(stored) == stored
    part_of_stored(text)


@given(ANYTHING)
def test_nothing_but_domains_turns_into_ascii(text: str) -> None:
    """Before the @ there is no letter in the stored form that canonical writing would not have."""
    local, at, _domain = stored_form(text).rpartition("@")
    if at and len(text.strip()) <= MAX_FOLDED:
        typed = unicodedata.normalize("NFC", text.strip()).lower()
        assert local == unicodedata.normalize("NFC", typed).rpartition("@")[0]


ADDRESSES = st.sampled_from([HOME, BOOKS, "kim@k.example", "a.b-c_d+e@sub.bücher.example"])


@given(ADDRESSES, st.data())
def test_case_and_ways_to_write_a_character_make_no_difference(
    address: str, data: st.DataObject
) -> None:
    written = "".join(data.draw(st.sampled_from([one, one.upper()])) for one in address)
    forms: list[Literal["NFC", "NFD"]] = ["NFC", "NFD"]
    form = data.draw(st.sampled_from(forms))
    assert stored_form(unicodedata.normalize(form, f" {written} ")) == stored_form(address)


DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # what IDNA takes for a dot


@given(st.sampled_from([HOME, "kim@k.example", "a@sub.s.example"]), st.data())
def test_another_letter_in_any_place_is_another_address(address: str, data: st.DataObject) -> None:
    """But for those that Unicode calls the same letter: capitals, and the Kelvin sign."""
    place = data.draw(st.integers(0, len(address) - 1))
    letter = data.draw(st.sampled_from(LOOK_ALIKES) | st.characters(min_codepoint=0x80))
    other = address[:place] + letter + address[place + 1 :]
    canonical = unicodedata.normalize("NFC", letter).lower()
    if place > address.index("@"):
        canonical = canonical.translate(DOTS)
    assert (stored_form(other) == address) is (canonical == address[place])


@pytest.mark.parametrize("letter", ["\u0300", "\ufdfa", "İ", "ü", "\ud800", "a\u0316\u0300"])
@pytest.mark.parametrize("where", ["{}@x.example", "ann@{}", "ann@{}.example", "{}"])
def test_what_is_long_is_left_alone(letter: str, where: str) -> None:
    long = where.format(letter * 5_000_000)
    assert stored_form(long) == long


def test_each_mailbox_once_in_their_order() -> None:
    typed = ["Bo@x.example", "ann@bücher.example", "bo@X.example", "ann@xn--bcher-kva.example"]
    assert stored_forms(typed) == ["bo@x.example", BOOKS]


@pytest.mark.parametrize("part", ["ANN", "@bücher", "bücher", "Bücher.ex", "ann@BÜCHER", "kva"])
def test_what_is_remembered_of_an_address_is_a_part_of_it(part: str) -> None:
    assert part_of_stored(part) in BOOKS


@pytest.mark.parametrize(("length", "folds"), [(MAX_FOLDED, True), (MAX_FOLDED + 1, False)])
def test_what_is_longer_than_any_address_is_not_folded(length: int, folds: bool) -> None:
    long = "A" * (length - len("@X.example")) + "@X.example"
    assert stored_form(long) == (long.lower() if folds else long)


def test_the_domain_is_what_stands_behind_the_last_at() -> None:
    assert stored_form("a@Bücher@BÜCHER.example") == "a@bücher@xn--bcher-kva.example"
    assert stored_form("Bücher") == "bücher"


@pytest.mark.parametrize("domain", ["-ü-.example", "ü..example", "ü" * 70 + ".example"])
def test_what_is_no_domain_stays_as_it_is(domain: str) -> None:
    assert stored_form(f"ann@{domain}") == f"ann@{domain}"


def test_a_part_without_an_at_is_a_part_of_a_domain() -> None:
    assert part_of_stored("Bücher") == "xn--bcher-kva"
    assert part_of_stored("Ann@Bücher") == "ann@xn--bcher-kva"
    assert part_of_stored(" Ann ") == "ann"


@pytest.mark.parametrize(
    "pasted",
    [
        '"ann@old.example, Lee" <ann@site.example>; Bob <bob@site.example>',
        'Ann <ann@site.example>, "Lee, Bob"bob@site.example',
    ],
)
def test_a_name_in_quotes_is_no_address(pasted: str) -> None:
    assert written_in(pasted) == ["ann@site.example", "bob@site.example"]
