"""Every text that a person reads is marked for translation, in the code and in the templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.sources import ROOT, modules_of_apps, nodes_of
from tests.texts import all_texts, templates

# The same in every language: names and units, what machines read
NO_TEXT = {"MB", "CSV", "XLSX", "PDF", "ISS", "VAI", "R"}
PASSED_OVER = {"blocktranslate", "comment"}  # tags
READ_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
MACHINES = {"style", "script", "code"}  # elements
ATTRIBUTES = {"bodyclass", "body_attributes"}  # blocks that hold no more than these
PIECES = {  # of an element
    "templates/allauth/elements/button.html",
    "templates/parts/order_form_edit.html",
}


def test_no_text_is_put_together_before_it_is_translated() -> None:
    assert len(all_texts()) > 1000  # NotLiteral says where


def test_no_template_has_a_text_of_its_own() -> None:
    found = {str(path.relative_to(ROOT)): list(unmarked_in(path)) for path in templates()}
    for name in PIECES:
        del found[name]
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("<p>Order</p>", ["Order"]),
        ('<p title="Your order">{{ order }}</p>', ["Your order"]),
        ("<p>{% translate 'Order' %} · {{ order }}</p>", []),
        ("<p>{% blocktranslate %}Order {{ order }}{% endblocktranslate %}</p>", []),
        ('<p {% if order %}title="Order"{% endif %}>{# Order #}</p>', ["Order"]),
        ("PO: {{ order }}", ["PO:"]),
        ("{% block bodyclass %}desk{% endblock %}<p>Order</p>", ["Order"]),
    ],
)
def test_the_search_finds_texts(template: str, texts: list[str]) -> None:
    assert list(texts_in(bare(template))) == texts


def unmarked_in(path: Path) -> Iterator[str]:
    markup = bare(path.read_text())
    for text in texts_in(markup):
        if not {*re.findall(r"[A-Za-z]+", text)} <= NO_TEXT:
            yield text


def bare(template: str) -> str:
    """Without what the template language does and translates."""
    parts, until = [], ""  # the tag that ends what is passed over
    for token in Lexer(template).tokenize():
        words = token.contents.split() if token.token_type is TokenType.BLOCK else []
        if words and not until and (words[0] in PASSED_OVER or words[-1] in ATTRIBUTES):
            until = f"end{words[0]}"
        elif words and words[0] == until:
            until = ""
        is_text = token.token_type is TokenType.TEXT and not until
        parts.append(token.contents if is_text else "…")
    return "".join(parts)


def texts_in(markup: str) -> Iterator[str]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    for text in reader.texts:
        stripped = re.sub(r"\s+", " ", text).strip(" …")
        if re.search(r"[A-Za-z]", stripped):
            yield stripped


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in MACHINES else self.inside
        for name, value in attrs:
            if name.strip("…") in READ_ATTRIBUTES and value:
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)


# In the code ---------------------------------------------------------------------------

SPOKEN = {"label", "help_text", "verbose_name", "verbose_name_plural", "description"}
SPEAKS = {"ValidationError", "add_error"}


def test_no_code_says_a_text_that_is_not_marked() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for path in modules_of_apps()
        for node in spoken(nodes_of(path))
    ]
    assert found == []


def spoken(nodes: Sequence[ast.AST]) -> Iterator[ast.Constant]:
    """Labels and errors that are plain strings."""
    for call in nodes:
        if not isinstance(call, ast.Call):
            continue
        said = [keyword.value for keyword in call.keywords if keyword.arg in SPOKEN]
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in SPEAKS or getattr(getattr(call.func, "value", None), "id", "") == "messages":
            said.extend(call.args[-1:])
        for node in said:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
                yield node
