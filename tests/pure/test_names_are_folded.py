"""No code compares or looks for a name by itself: whether two are the same is texts.names' to say.

A database's idea of case finds less than the rule does, and another on each database.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("portal", "orders", "notifications", "licensing", "companies", "limits", "outbox", "bench")
BY_ITSELF = re.compile(
    r"(\w+__)*(site_name|company__name|end_customer__name|installation__name|name)"
    r"__(i?exact|i?contains|i?startswith|i?endswith|i?regex|search|unaccent|trigram\w*)"
)
FOLDED_BY_HAND = re.compile(r"(site|site_name|company\.name)\b\W{0,6}\.(casefold|lower|upper)\(")


def wrong_in(source: str) -> list[str]:
    """What looks for a name by itself, and what folds one by hand."""
    looked_for = [text for text in _texts(ast.parse(source)) if BY_ITSELF.fullmatch(text)]
    return [*looked_for, *(found[0] for found in FOLDED_BY_HAND.finditer(source))]


def _texts(tree: ast.AST) -> Iterator[str]:
    """Of keywords and of texts, where look-ups stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.lstrip("^=@")


@pytest.mark.parametrize("app", APPS)
def test_no_code_looks_for_a_name_by_itself(app: str) -> None:
    files = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert files
    wrong = {str(path): found for path in files if (found := wrong_in(path.read_text("utf-8")))}
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    [
        "Company.objects.filter(active=True, name__icontains=query)",
        "orders.filter(Q(installation=None, site_name__iexact=query))",
        "search_fields = ('company__name__icontains',)",
        "search_fields = ('email', 'installation__site_name__istartswith')",
        "other.site.casefold() == order.site.casefold()",
        'row.values.get("site_name", "").casefold()',
    ],
)
def test_such_code_would_be_found(source: str) -> None:
    assert wrong_in(source)
