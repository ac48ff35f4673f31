"""Characters as a reader sees them."""

import pytest

from texts.characters import is_blank, is_dash, without_marks


@pytest.mark.parametrize("character", [" ", "\t", "\u00a0", "\x07", "\0", "\u200b", "\u00ad"])
def test_a_blank_is_what_nobody_sees(character: str) -> None:
    assert is_blank(character)


@pytest.mark.parametrize("character", ["a", "é", "-", "_", ".", "\u0301", "7"])
def test_what_is_seen_is_no_blank(character: str) -> None:
    assert not is_blank(character)


@pytest.mark.parametrize("character", "-‐‑‒–—―﹣－−⁃˗")
def test_a_dash_is_that_of_any_keyboard(character: str) -> None:
    assert is_dash(character)


@pytest.mark.parametrize("character", "_~.a7 ")
def test_other_signs_are_no_dash(character: str) -> None:
    assert not is_dash(character)


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\u2068Pier 9\u2069", "Pier 9"),
        ("\ufeffPier\u200b 9\u00ad", "Pier 9"),
        ("\u200ePier 9\u200f\u061c\u2060", "Pier 9"),
        ("Pier 9", "Pier 9"),
        ("مبنى", "مبنى"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("Pier\u202e9", "Pier\u202e9"),
        ("Pier\u202d9", "Pier\u202d9"),
        ("\u0601\u0661", "\u0601\u0661"),
        ("Café\n9", "Café\n9"),
    ],
)
def test_marks_that_were_copied_along_are_dropped(pasted: str, kept: str) -> None:
    assert without_marks(pasted) == kept
