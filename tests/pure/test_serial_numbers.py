"""Serial numbers as we write them, and how whatever people type is looked up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from licensing import serial_numbers
from licensing.serial_numbers import ALPHABET, BODY_LENGTH, check_character, fold, mint

BODIES = st.text(ALPHABET, min_size=BODY_LENGTH, max_size=BODY_LENGTH)


@pytest.mark.parametrize("family", ["ISS", "VAI", "NVR"])
def test_minted_serials_look_like_the_vendors(family: str) -> None:
    assert re.fullmatch(rf"{family}(-[0-9A-HJKMNP-TV-Z]{{4}}){{4}}", mint(family))


def test_minted_serials_carry_a_valid_check_character() -> None:
    for _ in range(200):
        characters = mint("ISS").removeprefix("ISS-").replace("-", "")
        assert mod_37_36.is_valid(characters, alphabet=ALPHABET)


def test_a_thousand_minted_serials_differ() -> None:
    assert len({mint("VAI") for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("body", "character"),
    [
        # By hand: from P = 32, each character a makes P = 2(P + a) mod 33, a sum that 32
        # divides standing for 32; the check character c makes P + c = 1 mod 32.
        ("0" * 15, "0"),  # P = -2^15 mod 33 = 1
        ("1" + "0" * 14, "1"),  # P = 2^15 mod 33 = 32
    ],
)
def test_known_check_characters(body: str, character: str) -> None:
    assert check_character(body) == character


@given(BODIES, st.integers(0, BODY_LENGTH), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_caught(body: str, at: int, wrong: str) -> None:
    right = body + check_character(body)
    mistyped = right[:at] + wrong + right[at + 1 :]
    assert mod_37_36.is_valid(mistyped, alphabet=ALPHABET) == (mistyped == right)


@pytest.mark.parametrize(
    "typed",
    [
        "ISS-7K3M-9QWX-4TZ8-2HPC",
        "iss-7k3m-9qwx-4tz8-2hpc",
        "ISS7K3M9QWX4TZ82HPC",
        "  ISS 7K3M 9QWX 4TZ8 2HPC ",
        "1SS-7K3M-9QWX-4TZ8-2HPC",
        "lss–7K3M–9QWX–4TZ8–2HPC",  # a small L, and dashes from a word processor
        "ＩＳＳ-7K3M-9QWX-4TZ8-2HPC",  # full-width letters
    ],
)
def test_folding_forgives_how_it_was_typed(typed: str) -> None:
    assert fold(typed) == fold("ISS-7K3M-9QWX-4TZ8-2HPC")


@pytest.mark.parametrize(("one", "other"), [("O", "0"), ("o", "0"), ("I", "1"), ("l", "1")])
def test_look_alikes_fold_to_the_digit(one: str, other: str) -> None:
    assert fold(f"VAI-{one}234") == fold(f"VAI-{other}234")


@given(BODIES, BODIES)
def test_folding_keeps_different_serials_apart(one: str, other: str) -> None:
    same_key = fold(serial_numbers.written("ISS", one)) == fold(
        serial_numbers.written("ISS", other)
    )
    assert same_key == (one == other)


@given(st.text(max_size=100))
def test_folding_is_stable_for_any_text(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", ["", "   ", "---", "\x00", "–…"])
def test_nothing_readable_folds_to_nothing(text: str) -> None:
    assert fold(text) == ""
