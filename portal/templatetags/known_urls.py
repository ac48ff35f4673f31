"""The tag `url` for addresses that are always the same: worked out once in a process.

A page has twenty of them in its frame. An address with arguments, or of an app with its own
namespace, is Django's business.
"""

from functools import cache

from django import template
from django.conf import settings
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import get_script_prefix, get_urlconf, reverse

register = template.Library()


class KnownURL(template.Node):
    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: Context) -> str:
        return _known(self.name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@cache
def _known(name: str, _urlconf: str, _prefix: str) -> str:
    return reverse(name)


@register.tag
def url(parser: Parser, token: Token) -> template.Node:
    node: URLNode = django_url(parser, token)
    name = node.view_name.var
    is_known = isinstance(name, str) and ":" not in name and not node.view_name.filters
    if not is_known or node.args or node.kwargs or node.asvar:
        return node
    return KnownURL(str(name))
