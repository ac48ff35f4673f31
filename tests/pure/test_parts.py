"""The relations of products in the catalog, without a database."""

import pytest

from licensing.parts import Part

EXPERT = Part("Expert", "ISS")
PLUS = Part("ExpertPlus", "ISS", counts_as="Expert")
PACK = Part("StarterPack", "ISS", kit_of=EXPERT, kit_quantity=4)
ES1 = Part("VS-ES1", "VAI", tier="ES", term_years=1)
ES3 = Part("VS-ES3", "VAI", tier="ES", term_years=3)
ADV1 = Part("VS-ADV1", "VAI", tier="ADV", term_years=1)
OTHER_FAMILY = Part("XS-ES1", "XAI", tier="ES", term_years=1)
FOR_EVER = Part("VS-ES", "VAI", tier="ES")

RENEWALS = {
    # what renews, what is renewed → whether it may
    "itself": (ES1, ES1, True),
    "another-term-of-the-tier": (ES3, ES1, True),
    "another-tier": (ADV1, ES1, False),
    "another-family": (OTHER_FAMILY, ES1, False),
    "what-has-no-end-by-a-subscription": (ES1, FOR_EVER, False),
    "a-subscription-by-what-has-no-end": (FOR_EVER, ES1, False),
    "no-subscriptions-at-all": (EXPERT, EXPERT, False),
}


@pytest.mark.parametrize(("part", "other", "may"), RENEWALS.values(), ids=RENEWALS.keys())
def test_what_renews_what(part: Part, other: Part, may: bool) -> None:
    assert part.renews(other) is may


def test_a_kit_puts_in_what_is_in_it() -> None:
    assert PACK.unpacked(3) == (EXPERT, 12)
    assert EXPERT.unpacked(3) == (EXPERT, 3)
    assert (PACK.inside, EXPERT.inside) == (EXPERT, EXPERT)


def test_a_part_is_a_base_by_its_own_number_and_by_what_it_counts_as() -> None:
    asked = ("Expert", "ExpertPlus", "StarterPack")
    assert [PLUS.is_base(number) for number in asked] == [True, True, False]
    assert [EXPERT.is_base(number) for number in asked] == [True, False, False]
