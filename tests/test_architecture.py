"""The rules and rooms of docs/architecture.md are there: each rule at its one home."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.sources import ROOT, tree_of

PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"^\| (\d+) .+? \| `([\w/.]+)`, `([\w.]+)` \|", PAGE, re.M)
APPS = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"texts"}
NO_ROOMS = {"migrations", "management", "commands", "templatetags"}  # Django’s own, in any app


def test_every_question_is_answered_once() -> None:
    assert [int(number) for number, _, _ in ANSWERS] == [*range(1, 21)]


@pytest.mark.parametrize(("path", "name"), [answer[1:] for answer in ANSWERS])
def test_the_answer_is_there(path: str, name: str) -> None:
    assert name in defined(tree_of(ROOT / path))


def test_what_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)`, `(\w+)(?:\(\))?`", readme)
    assert len(named) >= 4
    for path, name in named:
        found = defined(tree_of(ROOT / path))
        assert name in {each.rpartition(".")[2] for each in found}, path


def defined(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Functions, classes and constants of a module, and `Class.method`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in defined(node))
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_the_verbs_of_the_walks_are_where_they_are_said_to_be() -> None:
    said = re.findall(r"`(\w+)` in\s+`([\w/]+\.py)`", PAGE)
    assert len(said) >= 4
    for name, path in said:
        assert name in defined(tree_of(ROOT / path)), path


def drawn() -> Iterator[str]:
    """The paths of the drawing, put together from how far each line is indented."""
    rooms: list[str] = []
    for line in PAGE.split("```")[1].strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        rooms = [*rooms[:depth], line.split()[0].rstrip("/")]
        yield "/".join(rooms)


def test_the_drawing_has_every_room_and_no_other() -> None:
    rooms = {
        str(package.parent.relative_to(ROOT))
        for app in APPS
        for package in (ROOT / app).glob("**/__init__.py")
        if not NO_ROOMS.intersection(package.relative_to(ROOT).parts)
    }
    languages = {room for room in rooms if room.startswith("portal/formats/")}
    folders = {path for path in drawn() if not path.endswith(".py")}
    assert folders == rooms - languages
    assert all((ROOT / path).exists() for path in drawn())
