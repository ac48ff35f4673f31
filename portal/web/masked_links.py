"""Masks our addresses in a text that is shown to people other than its recipient.

An address with a token lets its holder in or speak for the recipient. The name of the token
replaces it, as in the log: /mail/[token]/. The site's own addresses say which have a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import get_resolver

from portal.web.request_log import LOGGABLE

PARAMETER = re.compile(r"%\((\w+)\)s")  # of an address, as Django reverses it
GROUP = re.compile(r"\(\?P<\w+>")
VALUE = r"""[^/\s"'<>]+?"""
END = r"""(?=[/\s"'<>]|$)"""


@dataclass(frozen=True, slots=True)
class SignedAddress:
    pattern: re.Pattern[str]
    shown: str  # with names in place of its secret parts


def masked(text: str) -> str:
    """The text with every signed link masked."""
    return _any_address().sub(lambda found: _shown(found[0]), text)


def _shown(address: str) -> str:
    first = next(each for each in _addresses() if each.pattern.fullmatch(address))
    return first.pattern.sub(first.shown, address)


@cache
def _any_address() -> re.Pattern[str]:
    unnamed = (GROUP.sub("(?:", each.pattern.pattern) for each in _addresses())
    return re.compile("|".join(unnamed))


@cache
def _addresses() -> list[SignedAddress]:
    """The longest first, so that /mail/stop/… is not read as /mail/[token]/."""
    return [_address(template) for template in sorted(_templates(), key=len, reverse=True)]


def _templates() -> Iterator[str]:
    """Each address with a part that may not be logged, like mail/%(token)s/."""
    known = get_resolver().reverse_dict
    for name in {name for name in known if isinstance(name, str)}:
        for possibilities, *_rest in known.getlist(name):
            for template, names in possibilities:
                if set(names) - LOGGABLE:
                    yield template


def _address(template: str) -> SignedAddress:
    literals = PARAMETER.split(template.removesuffix("/"))
    names = literals[1::2]
    literals[0::2] = map(re.escape, literals[0::2])
    literals[1::2] = [f"(?P<{name}>{VALUE})" for name in names]
    return SignedAddress(re.compile(f"/{''.join(literals)}{END}"), _without_tokens(template))


def _without_tokens(template: str) -> str:
    def shown(parameter: re.Match[str]) -> str:
        name = parameter[1]
        return rf"\g<{name}>" if name in LOGGABLE else f"[{name}]"

    return "/" + PARAMETER.sub(shown, template.removesuffix("/"))
