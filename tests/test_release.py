"""`make release`, in a repository of its own whose checks fail when they are told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.release import NotReleased, git, notes_on, release, version_in

ROOT = Path(__file__).parents[1]
CHANGELOG = """# Changelog

## Unreleased

## 0.2.0 - 2026-11-30

- Sites have a map.

## 0.1.0 - 2026-11-24

- The first one.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    (tmp_path / "Makefile").write_text("check test:\n\t@test ! -e broken\n")
    git(tmp_path, "init", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Ann")
    git(tmp_path, "config", "user.email", "ann@vendor.example")
    commit(tmp_path)
    return tmp_path


def commit(repository: Path) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--message=Something")


def test_a_version_is_tagged_with_what_is_new_in_it(repository: Path) -> None:
    assert release(repository) == "v0.2.0"
    assert git(repository, "rev-parse", "v0.2.0^{commit}") == git(repository, "rev-parse", "HEAD")
    message = git(repository, "tag", "--list", "--format=%(contents)", "v0.2.0")
    assert message == "v0.2.0\n\n- Sites have a map."


def leave_something_uncommitted(repository: Path) -> None:
    (repository / "new.py").touch()


def be_on_another_branch(repository: Path) -> None:
    git(repository, "switch", "--create", "other")


def release_it_twice(repository: Path) -> None:
    git(repository, "tag", "v0.2.0")


def say_nothing_about_it(repository: Path) -> None:
    changelog = repository / "CHANGELOG.md"
    changelog.write_text(CHANGELOG.replace("- Sites have a map.\n", ""), encoding="utf-8")
    commit(repository)


def give_no_date(repository: Path) -> None:
    changelog = repository / "CHANGELOG.md"
    changelog.write_text(CHANGELOG.replace(" - 2026-11-30", ""), encoding="utf-8")
    commit(repository)


def break_something(repository: Path) -> None:
    (repository / "broken").touch()
    commit(repository)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (leave_something_uncommitted, "uncommitted"),
        (be_on_another_branch, "another branch"),
        (release_it_twice, "released already"),
        (say_nothing_about_it, "no section"),
        (give_no_date, "no section"),
        (break_something, "`make check` failed"),
    ],
)
def test_it_is_not_released(repository: Path, wrong: Callable[[Path], None], reason: str) -> None:
    wrong(repository)
    before = git(repository, "tag", "--list")
    with pytest.raises(NotReleased, match=reason):
        release(repository)
    assert git(repository, "tag", "--list") == before


def test_this_version_has_its_section() -> None:
    assert notes_on(version_in(ROOT), (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
