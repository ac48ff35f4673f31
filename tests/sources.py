"""Sources in Python, each read and parsed once for all tests of a process that look into them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
PACKAGES = ("portal", "orders", "notifications", "licensing", "companies", "limits", "outbox")


@cache
def modules_in(folder: Path) -> Sequence[Path]:
    return sorted(folder.rglob("*.py"))


def modules_of_apps() -> Sequence[Path]:
    """The modules of our own code, without migrations."""
    below = (path for package in PACKAGES for path in modules_in(ROOT / package))
    return [path for path in below if "migrations" not in path.parts]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def nodes_of(path: Path) -> Sequence[ast.AST]:
    """All nodes of its tree, in the order of `ast.walk`."""
    return list(ast.walk(tree_of(path)))
