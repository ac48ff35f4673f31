"""When two email addresses are the same: they have one stored form.

It is what the database keeps and looks up by equality, what limits are counted by, and where
mail goes; never what somebody typed. Look-alikes (ı, ſ, Cyrillic а) are other addresses: nothing
is folded but case, kinds of writing the same character (NFC), and the two ways to write an
international domain.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import idna

MAX_FOLDED = 320  # of 64 before the @ and 255 behind; what is longer is none, and is left alone


def stored_form(text: str) -> str:
    """Takes whatever is sent and never fails. What is no address comes back folded as far as it
    goes: it equals no address that we keep.
    """
    text = text.strip()
    if len(text) > MAX_FOLDED:
        return text
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    local, at, domain = text.rpartition("@")
    return f"{local}@{_in_ascii(domain)}" if at else text


def stored_forms(texts: Iterable[str]) -> list[str]:
    """Each mailbox once, in their order."""
    return list(dict.fromkeys(map(stored_form, texts)))


def part_of_stored(text: str) -> str:
    """For a search: how what somebody remembers of an address stands in its stored form.

    Only domains have letters beyond ASCII, so without an @ such a text is a part of one.
    """
    return stored_form(f"@{stored_form(text)}").removeprefix("@")


def _in_ascii(domain: str) -> str:
    """As the domain name system has it (IDNA 2008); as it is where there is no such name.

    The letters are not mapped to others first, as UTS 46 would: ſ is not s, and ß is not ss.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain).decode()
    except (UnicodeError, IndexError):  # IDNAError is one of the first
        return domain
