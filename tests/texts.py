"""Every text that is marked for translation, read anew from the code and the templates.

Needs nothing but Python, so it runs everywhere, and agrees with what gettext's programs find for
`make messages`, or a test that compares the two fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from django.utils.translation.template import templatize

from tests.sources import PACKAGES, ROOT, modules_in, nodes_of

# Function → the places of its context, its text, and its text for several
PLACES: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "pgettext": (0, 1, None),
    "ngettext": (None, 0, 1),
    "npgettext": (0, 1, 2),
}
Text = tuple[str | None, str, str | None]  # context, one, several

QUOTED = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(((?:{QUOTED}(?:,\s*)?)+)(?:count)?\s*\)")


class NotLiteral(Exception):
    """A text that is put together before it is translated, so that no catalog can have it."""


@cache
def all_texts() -> frozenset[Text]:
    return frozenset(text for path in sources() for text in texts_of(path))


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from modules_in(ROOT / package)
    yield from templates()


def templates() -> Iterator[Path]:
    for ending in ("html", "txt"):
        yield from sorted((ROOT / "templates").rglob(f"*.{ending}"))


def texts_of(path: Path) -> Iterator[Text]:
    return _of_code(path) if path.suffix == ".py" else _of_template(path.read_text())


def _of_template(source: str) -> Iterator[Text]:
    for function, arguments in CALL.findall(templatize(source)):
        texts = [ast.literal_eval(quoted) for quoted in re.findall(QUOTED, arguments)]
        yield _text("gettext" if function == "_" else function, texts)


def _of_code(path: Path) -> Iterator[Text]:
    names = dict(_imported(nodes_of(path)))
    if not names:
        return
    for call in nodes_of(path):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            function = names.get(call.func.id, "").removesuffix("_lazy").removesuffix("_noop")
            if function in PLACES:
                yield _text(function, [_literal(each, path) for each in call.args])


def _imported(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for each in node.names:
                yield each.asname or each.name, each.name


def _literal(node: ast.expr, path: Path) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        raise NotLiteral(f"{path}:{node.lineno}")
    return ""  # the number of an ngettext


def _text(function: str, texts: list[str]) -> Text:
    context, one, several = PLACES[function]
    return (
        texts[context] if context is not None else None,
        texts[one],
        texts[several] if several is not None else None,
    )
