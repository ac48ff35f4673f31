"""Serial numbers as we write them, and how whatever people type is looked up."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from licensing import serial_numbers
from licensing.serial_numbers import (
    ALPHABET,
    BODY_LENGTH,
    are_one,
    check_character,
    fold,
    is_mistyped,
    keys_of,
    meant,
    mint,
    reads_like_ours,
    without_label,
)

DATA = Path(__file__).parent.parent / "data"
LABELS = (DATA / "serial_labels.txt").read_text(encoding="utf-8").splitlines()
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


# Copied with the label --------------------------------------------------------------------

ELSEWHERE = st.from_regex(r"[0-9A-Z][0-9A-Z/.-]{2,15}", fullmatch=True)


@dataclass(frozen=True)
class Known:
    number: str

    @property
    def lookup_key(self) -> str:
        return fold(self.number)


@pytest.mark.parametrize(
    "number", ["ISS-7K3M-9QWX-4TZ8-2HPC", "12-345678", "SN12345", "SN-12345", "2019/004417-B"]
)
@pytest.mark.parametrize("label", LABELS)
def test_what_is_copied_with_its_label_is_the_same_serial(label: str, number: str) -> None:
    assert without_label(label + number) == number
    (found,) = meant(label + number, [Known(number), Known("VAI-0000")])
    assert found.number == number


@pytest.mark.parametrize(
    "text", ["SN12345", "sn-12345", "SN", "SN:", "S/N", "SERIAL", "SERIES 12", "Snell 12", "", "  "]
)
def test_no_label_is_cut_where_no_separator_follows(text: str) -> None:
    assert without_label(text) == text


@given(label=st.sampled_from(LABELS), numbers=st.lists(ELSEWHERE, unique=True, min_size=1))
def test_with_or_without_a_label_the_same_serial_is_meant(label: str, numbers: list[str]) -> None:
    known = [Known(number) for number in numbers]
    for each in known:
        assert meant(each.number, known) == [each]
        if not {fold(label + each.number)} & {other.lookup_key for other in known}:
            assert meant(label + each.number, known) == [each]


@given(label=st.sampled_from(LABELS), number=ELSEWHERE, other=ELSEWHERE)
def test_no_label_makes_one_serial_of_another(label: str, number: str, other: str) -> None:
    """One that begins like a label itself is meant where it is written so, else asked about."""
    labeled, bare = Known(label.strip() + number), Known(number)
    assert meant(labeled.number, [labeled, bare]) == [labeled]
    if label != label.strip() and fold(labeled.number) != fold(number):
        assert bare in meant(label + number, [labeled, bare])
    if fold(other) not in keys_of(label + number):
        assert meant(label + number, [Known(other)]) == []


def test_exactly_as_written_comes_first_and_all_that_fold_alike_after() -> None:
    first, second = (Known(number) for number in ("12-345678", "1-2345678"))
    known = [first, second, Known("12-345679")]
    for text, found in {
        "12-345678": [first],
        " 1-2345678 ": [second],
        "12345678": [first, second],
        "i2-345678": [first, second],
        "S/N: 1-2345678": [second],
        "S/N: 12 345678": [first, second],
        "123": [],
    }.items():
        assert meant(text, known) == found, text


def test_what_reads_like_ours_is_one_number_however_it_is_typed() -> None:
    body = "7K3M9QWX4TZ82HP"
    ours = serial_numbers.written("ISS", body + check_character(body))
    wrong = ours[:-1] + ("0" if ours[-1] != "0" else "1")
    assert reads_like_ours(ours.lower())
    assert not reads_like_ours(wrong)
    assert not reads_like_ours("12-345678")
    assert is_mistyped(f"Serial number: {wrong}")
    assert not is_mistyped(f"Serial number: {ours}")
    assert are_one(ours, f"S/N: {ours.lower()}")
    assert are_one("12-345678", "12-345678")
    assert not are_one("12-345678", "1-2345678")
    assert are_one(f"S/N: {ours.lower()}", ours)
    assert not are_one(wrong, wrong.lower())


def test_two_of_ours_are_two() -> None:
    one, other = (
        serial_numbers.written("ISS", body + check_character(body))
        for body in ("7K3M9QWX4TZ82HP", "7K3M9QWX4TZ82HQ")
    )
    assert not are_one(one, other)
    assert not are_one("12-345678", one)


def test_the_text_as_a_whole_comes_before_what_is_behind_its_label() -> None:
    whole, bare = Known("SN-12"), Known("12")
    assert meant("SN 12", [bare, whole]) == [whole, bare]


def test_keys_are_those_of_the_text_and_of_what_is_behind_its_label() -> None:
    assert keys_of("S/N: 12-34") == {"SN1234", "1234"}
    assert keys_of("12-34") == {"1234"}


def test_a_serial_is_written_in_fours_behind_its_family() -> None:
    assert serial_numbers.written("ISS", "7K3M9QWX4TZ82HPC") == "ISS-7K3M-9QWX-4TZ8-2HPC"
