"""A search finds parts of names in any order, near names first, and names with slips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts.names import (
    MAX_PARTS,
    distance,
    has_parts,
    has_parts_with_slips,
    parts_of,
    pieces,
    same_key,
)

WORDS = st.text("abcdefgh", min_size=4, max_size=9)


def test_parts_are_the_words_of_the_key_each_of_them_once() -> None:
    assert parts_of("Pier  O’Hare—pier 9") == ["pier", "o", "hare", "9"]
    assert parts_of("***") == ["***"]
    assert parts_of("") == []
    assert parts_of(" ".join(f"w{n}" for n in range(20))) == [f"w{n}" for n in range(MAX_PARTS)]
    assert MAX_PARTS == 8


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("POINT", True),
        ("oint", True),
        ("point harbor", True),
        ("term poi", True),
        ("harbor pier", False),
        ("habor", False),
    ],
)
def test_each_part_is_in_the_name_in_any_order(searched: str, found: bool) -> None:
    assert has_parts(same_key("Harbor Point Terminal"), parts_of(searched)) is found


def test_the_nearest_name_comes_first() -> None:
    keys = ["harbor point", "harbor point 2", "old harbor point", "point of the harbor"]
    assert [distance("harbor point", key) for key in keys] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("searched", "name", "found"),
    [
        ("Habor Pont", "Harbor Point Terminal", True),
        ("Pont Habor", "Harbor Point Terminal", True),
        ("Hrbor", "Harbor", True),
        ("Point", "Pint", True),  # the shorter word is in the name
        ("Harbor 17", "Harbor 17", True),
        ("Harbour 17", "Harbor 18", False),  # a number has no slip
        ("Harbor 17", "Harbor 117", False),
        ("Pie", "Pies", False),  # too short
        ("Nort", "North Pier", False),  # a direction tells places apart
        ("Hraobr", "Harbor", False),
        ("Habor Pont", "Harbor", False),
        ("Habor Pont", "Point", False),
    ],
)
def test_a_word_may_have_one_slip(searched: str, name: str, found: bool) -> None:
    assert has_parts_with_slips(same_key(name), parts_of(searched)) is found


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("pie", ()),
        ("north", ()),
        ("117", ()),
        ("pont", ("po",)),
        ("habor", ("ha",)),
        ("harbor", ("ha",)),
        ("terminl", ("ter", "inl")),
        ("terminal", ("ter", "nal")),
        ("warehouse", ("ware", "ouse")),
    ],
)
def test_the_pieces_that_are_looked_for(part: str, expected: tuple[str, ...]) -> None:
    assert pieces(part) == expected


@given(WORDS.filter(lambda word: len(word) >= 7), st.data())
def test_of_a_long_word_one_piece_is_right_whatever_the_slip(
    word: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    put = data.draw(st.sampled_from("abcdefgh"))
    ways = [
        word[:at] + word[at + 1 :],
        word[:at] + put + word[at:],
        word[:at] + put + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    written = data.draw(st.sampled_from(ways))
    if looked_for := pieces(written):
        beginning, *end = looked_for
        assert word.startswith(beginning) or not end or word.endswith(end[0])
