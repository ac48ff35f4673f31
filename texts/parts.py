"""Decides when two part numbers are the same: `VS-ADV3`, `vs adv3`, `VS_ADV3`, `VSADV3` are one."""

from texts.characters import is_blank, is_dash, put_together, without_case


def same_key(text: str) -> str:
    """The part number without case, blanks, dashes and underscores; empty only if the text is."""
    return put_together("".join(filter(_counts, without_case(text)))) or text


def _counts(character: str) -> bool:
    return not (is_blank(character) or is_dash(character) or character == "_")
