"""Part numbers that an unknown one perhaps means."""

import pytest

from texts.parts import near

KNOWN = ["ISS-Expert", "ISS-ExpertPlus", "VS-ADV1", "VS-ADV3", "VS-ES1"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ISS-Exprt", ["ISS-Expert"]),
        ("iss expret", ["ISS-Expert"]),
        ("ISS-ExpertPlus1", ["ISS-ExpertPlus"]),
        ("VS-ADV2", ["VS-ADV1", "VS-ADV3"]),
        ("VS-ES2", []),
        ("Expert", []),
        ("", []),
    ],
)
def test_a_part_number_with_one_slip_is_near_those_that_were_meant(
    text: str, meant: list[str]
) -> None:
    assert near(text, KNOWN) == meant
