"""docs/invariants.md names every constraint of the models, and tests and checks that are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.sources import ROOT, nodes_of, tree_of

PAGE = (ROOT / "docs/invariants.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| [A-Z]", line)
]
OURS = [model for model in apps.get_models() if (ROOT / model.__module__.split(".")[0]).is_dir()]


def named(column: int) -> list[str]:
    return [name for row in ROWS for name in re.findall("`(.+?)`", row[column])]


def test_every_constraint_is_named_once() -> None:
    constraints = [each.name for model in OURS for each in model._meta.constraints]
    columns = [
        f"{model.__name__}.{field.name}"
        for model in OURS
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    ]
    assert len(constraints) >= 58
    assert sorted(named(1)) == sorted(constraints + columns)


def test_every_invariant_is_held_by_a_test() -> None:
    assert [row[0] for row in ROWS if not row[2]] == []


@pytest.mark.parametrize("test", sorted(set(named(2))))
def test_the_test_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in {"", *functions(ROOT / "tests" / path)}


def test_every_check_is_named_and_there() -> None:
    ledger = tree_of(ROOT / "orders/audit/ledger.py")
    [violations] = [each for each in ledger.body if getattr(each, "name", "") == "violations"]
    steps = set(called(violations))
    assert len(steps) >= 8
    assert set(named(3)) == steps | {"damage"}
    assert "damage" in functions(ROOT / "orders/audit/documents.py")


def called(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.YieldFrom) and isinstance(node.value, ast.Call):
            yield ast.unparse(node.value.func)


def functions(path: Path) -> set[str]:
    return {node.name for node in nodes_of(path) if isinstance(node, ast.FunctionDef)}
