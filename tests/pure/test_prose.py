"""Docstrings, comments, pages and docs are plain sentences: none of the words of riddles.

A sentence has a subject that a stranger can point at: “the orderer”, “the user who uploaded the
file”, “no recipient”. The words below hide it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.sources import PACKAGES, ROOT, TESTS, modules_in, text_of, tree_of
from tests.texts import all_texts, templates

RIDDLES = re.compile(r"\b(whoever|whomever|whyever|nobody|no one|any more)\b", re.I)
# A docstring that begins so has no subject: “Of one that is long enough: …”
HEADLESS = re.compile(r'"*(What|Whatever|Who|Whose|Whom|Of|Those|Neither)\b')
COMMENT = re.compile(r"\{#(.*?)#\}|\{% comment .*?%\}(.*?)\{% endcomment %\}", re.S)

# Words that are right there, with the reason
ALLOWED: dict[tuple[str, str], str] = {
    ("licensing/serial_policy.py", "What an order does to the serial"): "the question of the rule",
}
# Files that keep their words, with the reason
LEFT_ALONE: dict[str, str] = {
    "CHANGELOG.md": "releases stay as they were told",
}

Line = tuple[str, str]  # file, text
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")  # of statements
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code() -> Iterator[Path]:
    for package in (*PACKAGES, "texts", "tools", "bench"):
        yield from modules_in(ROOT / package)


@cache
def docstrings() -> Sequence[Line]:
    """Also those of the tests."""
    return [*read_docstrings()]


def read_docstrings() -> Iterator[Line]:
    for path in (*code(), *modules_in(TESTS)):
        for node in definitions(tree_of(path)):
            if text := ast.get_docstring(node):
                yield str(path.relative_to(ROOT)), text


def definitions(node: ast.AST) -> Iterator[Documented]:
    """The module, classes and functions in it; expressions are left out, as they take long."""
    if isinstance(node, Documented):
        yield node
    for block in BLOCKS:
        for statement in getattr(node, block, ()):
            yield from definitions(statement)


@cache
def comments() -> Sequence[Line]:
    """Also those of the tests."""
    return [*read_comments()]


def read_comments() -> Iterator[Line]:
    """In Python what stands behind a #, in a text as well: to tell them apart takes long."""
    for path in (*code(), *modules_in(TESTS)):
        for line in text_of(path).splitlines():
            _code, begins, comment = line.partition("#")
            if begins:
                yield str(path.relative_to(ROOT)), comment
    for path in templates():
        for found in COMMENT.findall(path.read_text()):
            yield str(path.relative_to(ROOT)), "".join(found)
    for path in sorted((ROOT / "static" / "portal").rglob("*.js")):
        for line in path.read_text().splitlines():
            yield str(path.relative_to(ROOT)), line.partition("//")[2]


def pages() -> Iterator[Line]:
    for text in all_texts():
        yield "pages", " ".join(filter(None, text))


def docs() -> Iterator[Line]:
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))):
        for line in path.read_text().splitlines():
            yield str(path.relative_to(ROOT)), line


def allowed(line: Line) -> bool:
    file, text = line
    return file in LEFT_ALONE or any(file == where and begins in text for where, begins in ALLOWED)


@pytest.mark.parametrize("read", [docstrings, comments, pages, docs])
def test_no_sentence_hides_its_subject(read: Callable[[], Iterable[Line]]) -> None:
    lines = list(read())
    assert lines
    assert [line for line in lines if RIDDLES.search(line[1]) and not allowed(line)] == []


def test_each_docstring_begins_with_a_subject_or_a_verb() -> None:
    headless = [line for line in docstrings() if HEADLESS.match(line[1]) and not allowed(line)]
    assert headless == []


def test_each_exception_is_needed() -> None:
    lines = [*docstrings(), *comments(), *docs()]
    for where, begins in ALLOWED:
        assert any(file == where and begins in text for file, text in lines)
    for where in LEFT_ALONE:
        assert any(file == where and RIDDLES.search(text) for file, text in lines)
