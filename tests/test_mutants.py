"""How mutants of the pure rules are chosen and named; what comes of them says `make mutants`."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tools.mutants import (
    EQUIVALENT,
    ROOT,
    SAMPLE,
    Change,
    Mutated,
    changed_since,
    is_in_sample,
    mutate,
    read_list,
    sample,
)

NAMES = [f"texts.names.x_same_key__mutmut_{number}" for number in range(1, 2001)]


def module(path: str) -> Mutated:
    """With two thousand mutants, of which the code does not matter."""
    return Mutated(Path(path), "", NAMES)


def test_the_sample_is_a_share_and_always_the_same() -> None:
    chosen = list(filter(is_in_sample, NAMES))
    assert chosen == list(filter(is_in_sample, NAMES))
    assert 0.8 < len(chosen) * SAMPLE / len(NAMES) < 1.2


def test_a_module_that_changed_is_tried_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {Path("texts/names.py")}
    monkeypatch.setattr("tools.mutants.changed_since", lambda base: changed)
    assert list(sample([module("texts/names.py")])) == NAMES
    assert list(sample([module("texts/parts.py")])) == list(filter(is_in_sample, NAMES))


def test_a_clone_without_history_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert changed_since("no-such-commit") == set()
    assert "There is no no-such-commit in this clone" in capsys.readouterr().out


def test_a_mutant_is_named_by_what_it_changes(tmp_path: Path) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(
        "def is_more(one: int) -> bool:\n"
        '    """By far."""\n'
        "    return one > 7\n\n\n"
        "class Rule:\n"
        "    def of(self, two: str = 'b') -> str:\n"
        "        return two\n"
    )
    mutated = mutate(rule)
    changes = [
        change._replace(function=change.function.rsplit("rule.")[-1])
        for change in mutated.changes(mutated.names)
    ]
    assert changes[:2] == [
        Change("is_more", "return one > 7", "return one >= 7"),
        Change("is_more", "return one > 7", "return one > 8"),
    ]
    assert (
        Change(
            "Rule.of",
            "def (self, two: str='b') -> str:",
            "def (self, two: str='B') -> str:",
        )
        in changes
    )


def test_what_is_listed_as_equivalent_is_there_with_its_reason() -> None:
    listed, unfinished = read_list()
    stored = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    assert all(each["why"].endswith(".") for each in stored["equivalent"])
    for change in listed:
        assert any(change.was in lines for lines in functions_of(change.function)), change
    assert [path for path in unfinished if not (ROOT / path).exists()] == []


def functions_of(dotted: str) -> list[list[str]]:
    """The lines of the function of that name, as the list writes them."""
    parts = dotted.split(".")
    paths = [ROOT.joinpath(*parts[:end]).with_suffix(".py") for end in range(1, len(parts))]
    source = next(path for path in paths if path.is_file()).read_text(encoding="utf-8")
    return [
        [line.strip() for line in ast.unparse(node).replace(node.name, "", 1).splitlines()]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == parts[-1]
    ]
