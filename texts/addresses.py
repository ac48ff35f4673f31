"""Decides when two email addresses are the same: they have one stored form.

The database keeps the stored form and looks it up by equality, limits count by it, and mail goes to
it; the typed form is never used. Look-alikes (ı, ſ, Cyrillic а) are other addresses: only case, the
ways to write the same character (NFC) and the two ways to write an international domain are folded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import idna

MAX_ADDRESS = 254  # characters that we take, as mail servers do
MAX_FOLDED = 320  # of 64 before the @ and 255 behind; what is longer is none, and is left alone


def stored_form(text: str) -> str:
    """Folds any text and never fails.

    A text that is no address is folded as far as possible: it equals no address that we keep.
    """
    text = text.strip()
    if len(text) > MAX_FOLDED:
        return text
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    local, at, domain = text.rpartition("@")
    return f"{local}@{_in_ascii(domain)}" if at else text


def stored_forms(texts: Iterable[str]) -> list[str]:
    """The stored forms in their order, each mailbox once."""
    return list(dict.fromkeys(map(stored_form, texts)))


def written_in(text: str) -> list[str]:
    """The addresses in a list that somebody typed, or pasted from a mail program.

    Ann Lee <ann@site.example>; Bob <bob@site.example>: semicolons, commas or line ends between.
    Without angle brackets each word is one, so that a word that is no address can be told.
    """
    if "<" not in text:
        return [word for word in re.split(r"[;,\s]+", text) if word]
    found: list[str] = []
    for part in re.split(r"[;,\n]", re.sub(r'"[^"]*"', "", text)):
        inside = re.search(r"<([^<>]*)>", part)
        found += [inside[1].strip()] if inside else [word for word in part.split() if "@" in word]
    return found


def part_of_stored(text: str) -> str:
    """A part of an address, in the form that it has in the stored form, for a search.

    Only domains have letters beyond ASCII: without an @ such a text is a part of a domain.
    """
    return stored_form(f"@{stored_form(text)}").removeprefix("@")


def _in_ascii(domain: str) -> str:
    """The domain in ASCII (IDNA 2008), or unchanged when it has no ASCII form.

    The letters are not mapped to others first, as UTS 46 would: ſ is not s, and ß is not ss.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain).decode()
    except (UnicodeError, IndexError):  # IDNAError is a UnicodeError
        return domain
