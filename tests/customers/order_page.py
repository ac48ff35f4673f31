"""The parts of an order's page."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from tests.pages import every, only, words, words_of


def steps(content: str) -> list[str]:
    return words_of(only(content, "ol.track"), "li")


def section(content: str, heading: str) -> LexborNode:
    """The one under that heading."""
    (found,) = [each for each in every(content, "section") if heading in words_of(each, "h2")]
    return found


def panel(content: str, heading: str) -> str:
    """The words of the section under that heading."""
    return words(section(content, heading))
