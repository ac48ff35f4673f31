"""Tests share modules with names of their own, and a test imports no other test."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.sources import TESTS, modules_in, nodes_of

NAMES_NOTHING = {"helpers", "utils", "util", "common", "misc", "shared"}


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Modules, and what is taken out of them, which may be modules, too."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"tests.{node.module or ''}" if node.level else node.module or ""
            yield from (module, *(f"{module}.{each.name}" for each in node.names))


def of_a_test(module: str) -> bool:
    """Whether it is a module of tests, or of fixtures that pytest finds by itself."""
    first, *parts = module.split(".")
    return first == "tests" and any(part.startswith(("test_", "conftest")) for part in parts)


def test_no_test_imports_another() -> None:
    files = modules_in(TESTS)
    assert len(files) > 200
    found = {
        f"{file.relative_to(TESTS)} imports {module}"
        for file in files
        for module in imported(nodes_of(file))
        if of_a_test(module)
    }
    assert found == set()


def test_an_import_of_a_test_is_found_in_each_way_to_write_it() -> None:
    ways = (
        "import tests.desk.test_held",
        "from tests.desk.test_held import table",
        "from tests.desk import test_held",
        "from .test_held import table",
        "from . import test_held",
        "def late():\n    from tests.desk.conftest import desk",
    )
    assert [way for way in ways if not imports_a_test(way)] == []
    assert not imports_a_test("from tests.desk.staffed import Staffed")


def imports_a_test(source: str) -> bool:
    return any(map(of_a_test, imported(ast.walk(ast.parse(source)))))


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [file for file in modules_in(TESTS) if file.stem in NAMES_NOTHING] == []
