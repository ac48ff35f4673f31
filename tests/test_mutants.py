"""How mutants of the pure rules are chosen and named; what comes of them says `make mutants`."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sources import ROOT, nodes_of

if TYPE_CHECKING:
    from tools.mutants import Mutated

NAMES = [f"texts.names.x_same_key__mutmut_{number}" for number in range(1, 2001)]


@pytest.fixture
def tool() -> Any:
    """Imported here, because it loads mutmut: a second of each collection of all tests."""
    return import_module("tools.mutants")


def test_the_sample_is_a_share_and_always_the_same(tool: Any) -> None:
    chosen = list(filter(tool.is_in_sample, NAMES))
    assert chosen == list(filter(tool.is_in_sample, NAMES))
    assert 0.8 < len(chosen) * tool.SAMPLE / len(NAMES) < 1.2


def test_a_module_that_changed_is_tried_whole(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "changed_since", lambda base: {Path("texts/names.py")})

    def chosen(path: str) -> list[str]:
        """The sample of two thousand mutants; their code does not matter."""
        return list(tool.sample([tool.Mutated(Path(path), "", NAMES)]))

    assert chosen("texts/names.py") == NAMES
    assert chosen("texts/parts.py") == list(filter(tool.is_in_sample, NAMES))


def test_a_clone_without_history_says_so(tool: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.changed_since("no-such-commit") == set()
    assert "There is no no-such-commit in this clone" in capsys.readouterr().out


def test_a_mutant_is_named_by_what_it_changes(tool: Any, tmp_path: Path) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(
        "def is_more(one: int) -> bool:\n"
        '    """By far."""\n'
        "    return one > 7\n\n\n"
        "class Rule:\n"
        "    def of(self, two: str = 'b') -> str:\n"
        "        return two\n"
    )
    mutated: Mutated = tool.mutate(rule)
    changes = [
        change._replace(function=change.function.rsplit("rule.")[-1])
        for change in mutated.changes(mutated.names)
    ]
    assert changes[:2] == [
        ("is_more", "return one > 7", "return one >= 7"),
        ("is_more", "return one > 7", "return one > 8"),
    ]
    default = "def (self, two: str='b') -> str:", "def (self, two: str='B') -> str:"
    assert ("Rule.of", *default) in changes


def test_what_is_listed_as_equivalent_is_there_with_its_reason(tool: Any) -> None:
    listed = tool.read_list()
    stored = tomllib.loads(tool.EQUIVALENT.read_text(encoding="utf-8"))
    assert all(each["why"].endswith(".") for each in stored["equivalent"])
    for change in listed:
        assert any(change.was in lines for lines in functions_of(change.function)), change


def functions_of(dotted: str) -> list[list[str]]:
    """The lines of the function of that name, as the list writes them."""
    parts = dotted.split(".")
    paths = [ROOT.joinpath(*parts[:end]).with_suffix(".py") for end in range(1, len(parts))]
    source = next(path for path in paths if path.is_file())
    return [
        [line.strip() for line in ast.unparse(node).replace(node.name, "", 1).splitlines()]
        for node in nodes_of(source)
        if isinstance(node, ast.FunctionDef) and node.name == parts[-1]
    ]
