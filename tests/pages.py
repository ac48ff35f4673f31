"""HTML as a browser reads it: a page, a part of one, or a mail, by CSS selectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from selectolax.lexbor import LexborHTMLParser, LexborNode


class Response(Protocol):
    """The answer that a test's client gets."""

    @property
    def content(self) -> bytes: ...


Source = str | bytes | Response | LexborNode
UNREAD = {"script", "style", "template", "!doctype", "-comment"}
WITHIN_A_LINE = {
    "a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "s", "small", "span", "strong",
    "sub", "sup", "time", "u", "wbr",
}  # fmt: skip


def every(source: Source, selector: str) -> list[LexborNode]:
    return _root(source).css(selector)


def only(source: Source, selector: str) -> LexborNode:
    """The one that there is."""
    (found,) = every(source, selector)
    return found


def has(source: Source, selector: str) -> bool:
    return bool(every(source, selector))


def words(source: Source) -> str:
    """The words that a reader reads, on one line."""
    return " ".join("".join(_texts(_root(source))).split())


def words_of(source: Source, selector: str) -> list[str]:
    return [words(each) for each in every(source, selector)]


def attributes(source: Source, selector: str, name: str) -> list[str]:
    """The values of all that have it; to a selector an icon's xlink:href is a href as well."""
    found = (each.attributes for each in every(source, f"{selector}[{name}]"))
    return [each[name] or "" for each in found if name in each]


def links(source: Source) -> list[str]:
    """Where its links lead to."""
    return attributes(source, "a", "href")


def linked(source: Source) -> list[tuple[str, str]]:
    """Where its links lead to, each with its words."""
    return [(each.attributes["href"] or "", words(each)) for each in every(source, "a[href]")]


def values_of(source: Source, name: str) -> list[str]:
    """The values of the fields and buttons with that name; a choice has the chosen one."""
    field = f'[name="{name}"]'
    found = every(source, f"input{field}, button{field}, select{field} option[selected]")
    return [each.attributes.get("value") or "" for each in found]


def settled(page: str | Response, *more: str) -> str:
    """Without what is new in each answer: nonces, and tokens in values; to compare two of them."""
    parsed = _parsed(page)
    for each in parsed.css("*"):
        for name in {"nonce", "value", "content", "hx-headers", *more} & each.attributes.keys():
            del each.attrs[name]
    return parsed.html or ""


def _root(source: Source) -> LexborNode:
    root = source if isinstance(source, LexborNode) else _parsed(source).root
    assert root is not None
    return root


def _parsed(source: str | bytes | Response) -> LexborHTMLParser:
    return LexborHTMLParser(source if isinstance(source, str | bytes) else source.content)


def _texts(node: LexborNode) -> Iterator[str]:
    for each in node.iter(include_text=True):
        if each.is_text_node:
            yield each.text_content or ""
        elif each.tag not in UNREAD:
            gap = "" if each.tag in WITHIN_A_LINE else " "
            yield gap
            yield from _texts(each)
            yield gap
