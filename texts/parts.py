"""Decides when two part numbers are the same: `VS-ADV3`, `vs adv3`, `VS_ADV3`, `VSADV3` are one."""

from collections.abc import Iterable

from texts.characters import is_blank, is_dash, put_together, without_case
from texts.names import is_one_slip_apart


def same_key(text: str) -> str:
    """The part number without case, blanks, dashes and underscores; empty only if the text is."""
    return put_together("".join(filter(_counts, without_case(text)))) or text


def _counts(character: str) -> bool:
    return not (is_blank(character) or is_dash(character) or character == "_")


def near(text: str, known: Iterable[str]) -> list[str]:
    """The known part numbers that the text perhaps means: one slip apart."""
    key = same_key(text)
    return [each for each in known if is_one_slip_apart(key, same_key(each))]
