"""HTML is read by a parser: a pattern over tags holds for one way to write them only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.sources import TESTS, modules_in, nodes_of

MARKUP = re.compile(
    r"""</?[a-z]|>[^<]*</|\b(class|id|href|src|name|value|action|type|aria-\w+|data-\w+)\)?=\\?["']""",
    re.IGNORECASE,
)
READERS = {
    "compile", "count", "endswith", "find", "findall", "finditer", "fullmatch", "index", "match",
    "partition", "removeprefix", "removesuffix", "replace", "rpartition", "rsplit", "search",
    "split", "startswith", "sub",
}  # fmt: skip

ESCAPED = "whether it is escaped is a question about the characters"
RAW = {
    # file → the text that may be looked for as it is written, and why
    "bulk/test_pages.py": {"<html": "a parser adds what a part of a page leaves out"},
    "customers/test_company.py": {"<script>alert": ESCAPED},
    "customers/test_documents.py": {"<script>": ESCAPED},
    "customers/test_public.py": {"<script>alert": ESCAPED},
    "customers/test_search.py": {"“<q>”": ESCAPED},
    "desk/test_mail.py": {"<script>a": ESCAPED, "<script>b": ESCAPED},
    "desk/test_orders.py": {"<script>alert": ESCAPED, "<b>Which": ESCAPED},
    "notifications/test_confirmation.py": {"<http://localhost:8000": "a header of a mail"},
    "notifications/test_headers_and_size.py": {"</html>": "whether it is within what is shown"},
    "notifications/test_pdf.py": {"<pdfuaid:part>": "what a PDF says of itself, in XML"},
    "test_bad_input.py": {"<script>alert": ESCAPED},
    "theme/test_tags.py": {"<script": ESCAPED},
    "theme/test_templates.py": {"<style": "sources of templates", "<script": "the same"},
}
OTHER_LANGUAGES = {
    "pure/test_bulk_files.py": "writes the XML of spreadsheets",
    "pure/test_documents.py": "writes the comments of PDFs",
    "pure/test_files_as_seen.py": "writes the XML of spreadsheets",
    "pure/test_limits_of_files.py": "writes the XML of spreadsheets",
}


def found_by_pattern(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The literal texts with markup that are looked for in others."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            looked_for = node.args[:1] if node.func.attr in READERS else []
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            looked_for = [node.left]
        else:
            continue
        for each in looked_for:
            yield from filter(MARKUP.search, literals(each))


def literals(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str | bytes):
            text = each.value
            yield text if isinstance(text, str) else text.decode("latin-1")


def test_no_test_looks_for_markup_by_a_pattern() -> None:
    found = {}
    for file in modules_in(TESTS):
        name = str(file.relative_to(TESTS))
        allowed = tuple(RAW.get(name, ()))
        texts = [t for t in found_by_pattern(nodes_of(file)) if not t.startswith(allowed)]
        if texts and name not in OTHER_LANGUAGES:
            found[name] = texts
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        """re.findall(r"<tr>(.*?)</tr>", page)""",
        """re.compile(rf'name="{name}" value="([^"]*)"')""",
        """page.split("<main")""",
        """page.partition('id="slip"')""",
        """page.count("<h2>")""",
        """b"<img" in page""",
        """f'href="{link}"' not in page""",
        """f">{order}</a>" in page""",
        """re.findall(r'(?:href|src)="([^"]*)"', page)""",
    ],
)
def test_such_a_pattern_is_found(source: str) -> None:
    assert list(found_by_pattern(ast.walk(ast.parse(source))))


def test_what_is_allowed_is_there() -> None:
    for name, texts in RAW.items():
        found = list(found_by_pattern(nodes_of(TESTS / name)))
        assert not [text for text in texts if not any(each.startswith(text) for each in found)]
