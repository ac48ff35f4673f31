"""Characters as a reader sees them."""

import pytest

from texts.characters import is_blank, is_dash


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
