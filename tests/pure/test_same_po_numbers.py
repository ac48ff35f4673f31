"""When two PO numbers, and two part numbers, are the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from texts import parts, po_numbers

SameKey = Callable[[str], str]
DATA = Path(__file__).parent.parent / "data"
# As people type: with what a keyboard, a PDF or a word processor puts between.
TYPED = st.text(
    st.sampled_from("POCpoc.#:-–—‐‑−﹣－_ \u00a0\u2009\u200b\u00ad０7１éÉeE\u0301ıſß"), max_size=40
)
ANY = st.text(max_size=40) | TYPED
LEADS = ["PO", "PO ", "po-", "P.O.", "P.O. ", "OC", "OC: ", "#", "PO #", "PO–"]
BEGINS_WITH_A_DIGIT = r"[0-9][0-9A-Za-z-]{0,12}"
KEYS = pytest.mark.parametrize("same_key", [po_numbers.same_key, parts.same_key])


def written_in(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def test_one_purchase_order_in_all_its_spellings() -> None:
    assert {po_numbers.same_key(each) for each in written_in("same_po_numbers.txt")} == {"7001-a"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4500 123 456", "4500123456"),
        ("4500\u00a0123\u2009456", "4500123456"),
        ("Pedido 7", "PEDIDO\t7"),
        ("Café-1", "CAFE\u0301-1"),
        ("STRASSE 7", "straße 7"),
        ("70\u200b01", "7001"),
    ],
)
def test_they_are_one(one: str, other: str) -> None:
    assert po_numbers.same_key(one) == po_numbers.same_key(other)


DIFFERENT = ["7001-A", "7001A", "7001-B", "7001", "70-01", "7001_A", "7001/A", "7001.A",
             "café-1", "cafe-1", "POST-1", "ST-1", "PO-A", "A", "#A", "PO", "#", "OC"]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(combinations(DIFFERENT, 2)))
def test_they_are_two(one: str, other: str) -> None:
    assert po_numbers.same_key(one) != po_numbers.same_key(other)


@pytest.mark.parametrize(
    "labeled",
    ["PO-9001", "po 9001", "P.O. 9001", "P.O.9001", "PO#9001", "PO9001", "OC: 7", "O.C. 7",
     "oc–7", "ＰＯ-9001", "PO-A", "PO", "p.o"],
)  # fmt: skip
def test_a_number_that_begins_with_its_label_needs_none(labeled: str) -> None:
    assert po_numbers.has_label(labeled)


@pytest.mark.parametrize(
    "bare",
    ["9001", "#9001", "POST-1", "POÉ-1", "P.O.A-7", "PO.A", "OCEAN 7", "O.C.E 7", "7 PO", "A-PO-7",
     "P-O 7", "P..O 7", "PC 7", ""],
)  # fmt: skip
def test_a_number_that_only_looks_like_it_gets_its_label(bare: str) -> None:
    assert not po_numbers.has_label(bare)


@pytest.mark.parametrize(
    "typed", ["VS-ADV3", "vs adv3", "VS_ADV3", "VSADV3", "vs–adv3", "ＶＳ-ＡＤＶ３"]
)
def test_a_part_number_in_all_its_spellings(typed: str) -> None:
    assert parts.same_key(typed) == "vsadv3"


def test_part_numbers_keep_everything_else() -> None:
    assert (
        len({parts.same_key(each) for each in ("VS-ADV3", "VS-ADV3.", "VS/ADV3", "VS-ADV5")}) == 4
    )


@KEYS
@given(text=ANY)
@example(text="e\u200b\u0301")
@example(text="PO-PO-7001")
@example(text="\ufdfa" * 40)
def test_a_key_is_its_own_key_and_never_empty(same_key: SameKey, text: str) -> None:
    key = same_key(text)
    assert same_key(key) == key
    assert bool(key) == bool(text)
    assert len(key) <= 18 * len(text)  # as the columns for it are long


@KEYS
@given(
    text=ANY,
    blank=st.sampled_from(" \t\u00a0\u2009\u3000\u200b\u00ad\ufeff"),
    at=st.integers(0, 40),
)
def test_blanks_of_any_kind_make_no_other_number(
    same_key: SameKey, text: str, blank: str, at: int
) -> None:
    assume(any(map(str.isalnum, text)))  # else nothing would be left, and each is its own
    assert same_key(text[:at] + blank + text[at:]) == same_key(text)


@given(text=TYPED)
def test_case_makes_no_other_number(text: str) -> None:
    assert po_numbers.same_key(text) == po_numbers.same_key(text.casefold())


@settings(max_examples=300)
@given(lead=st.sampled_from(LEADS), number=st.from_regex(BEGINS_WITH_A_DIGIT, fullmatch=True))
def test_a_lead_before_a_digit_makes_no_other_number(lead: str, number: str) -> None:
    assert po_numbers.same_key(lead + number) == po_numbers.same_key(number)


@given(number=st.from_regex(r"[A-Za-z][0-9A-Za-z-]{0,12}", fullmatch=True))
def test_a_lead_before_a_letter_is_part_of_the_number(number: str) -> None:
    if not number.upper().startswith(("PO", "OC", "P", "O")):
        assert po_numbers.same_key(f"PO-{number}") != po_numbers.same_key(number)
