"""Check that a version can be released, and tag it: `make release`.

The version stands in pyproject.toml. The tag is annotated, stays on this machine until somebody
pushes it, and has the version's section of CHANGELOG.md as its message.
"""

# ruff: noqa: S603, S607 - the commands are our own

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "main"
CHECKS = (["make", "check"], ["make", "test"])


class NotReleased(Exception):
    """Why, in a sentence that says what to do."""


def release(root: Path) -> str:
    """The tag that was made. What takes a moment to find out is looked at before what takes long.

    Raises NotReleased.
    """
    version = version_in(root)
    notes = notes_on(version, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    check_place(root, tag := f"v{version}")
    for command in CHECKS:
        if subprocess.run(command, cwd=root, check=False).returncode != 0:
            raise NotReleased(f"`{' '.join(command)}` failed. Put it right first.")
    check_place(root, tag)  # what ran may have written something
    git(root, "tag", "--annotate", tag, "--cleanup=verbatim", f"--message={tag}\n\n{notes}")
    return tag


def version_in(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def notes_on(version: str, changelog: str) -> str:
    """The notes of the version's section, which must have a date and some text."""
    section = re.search(
        rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog, re.M | re.S
    )
    if section is None or not section[1].strip():
        raise NotReleased(f"CHANGELOG.md has no section “{version} - <date>” that says something.")
    return section[1].strip()


def check_place(root: Path, tag: str) -> None:
    if git(root, "status", "--porcelain"):
        raise NotReleased("There is something uncommitted here. Commit it, or take it back.")
    if git(root, "branch", "--show-current") != BRANCH:
        raise NotReleased(f"This is another branch than {BRANCH}. Merge there, and release it.")
    if git(root, "tag", "--list", tag):
        raise NotReleased(f"{tag} is released already. Write a new version into pyproject.toml.")


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        tagged = release(ROOT)
    except NotReleased as reason:
        sys.exit(f"Not released. {reason}")
    print(f"{tagged} is tagged. Publish it by: git push origin {tagged}")
