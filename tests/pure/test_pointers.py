"""No text of the project points to a file, a module or a heading that is not there.

Texts are pages and settings as a whole, of templates the comments, of code comments, docstrings
and other long strings, which may be code themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("portal", "orders", "notifications", "licensing", "companies", "limits", "outbox", "texts")
FOLDERS = (*APPS, "tests", "tools", "bench", "docs", "templates", "static", "requirements", ".ci")
ENDINGS = ["py", "md", "toml", "html", "css", "js", "typ", "service", "timer"]
LISTS = ("requirements",)  # made by machines
ROOT_NAMES = "|".join(FOLDERS).replace(".", r"\.")
ENDING = "|".join(ENDINGS)
PACKAGE = "|".join((*APPS, "tests", "tools"))
NAMED_BY_ENDING = re.compile(rf"(?<![\w/.*@-])(?:\.\./)*([\w@-][\w./@-]*\.(?:{ENDING}))\b")
NAMED_BY_FOLDER = re.compile(rf"(?<![\w/.:-])((?:{ROOT_NAMES})/[\w./*@-]*)")
NAMED_WITH_DOTS = re.compile(rf"(?<![\w/.@-])((?:{PACKAGE})(?:\.\w+)+)")
COMMENTS = {
    ".py": re.compile(r'""".*?"""|#[^\n]*', re.S),
    ".html": re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}|<!--.*?-->", re.S),
    ".css": re.compile(r"/\*.*?\*/", re.S),
    ".js": re.compile(r"/\*.*?\*/|//[^\n]*", re.S),
}
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
HEADING = re.compile(r"([\w/-]+\.md), \"([^\"]+)\"")
NO_PAGE = re.compile(r"\b(?:domain|design|house)[:,] \"[^\"]*\"")  # a heading, but of which page?
OF_OTHERS = {"postgresql.service"}  # of the system
OF_SCRIPTS = re.compile("[a-z][A-Z]")  # names in JavaScript
OF_DJANGO = re.compile("(?:add|change|delete|view)_")  # permissions that it makes


@cache
def files() -> frozenset[str]:
    """All files of the project, below its root."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    found = [path for path in (*ROOT.iterdir(), *below) if path.is_file()]
    return frozenset(str(path.relative_to(ROOT)) for path in found if path.suffix != ".pyc")


def texts() -> Iterator[tuple[str, str]]:
    for name in sorted(files()):
        path = ROOT / name
        if name.split("/")[0] in LISTS:
            continue
        if path.suffix in COMMENTS:
            yield name, "\n".join(COMMENTS[path.suffix].findall(path.read_text(encoding="utf-8")))
        elif path.suffix.removeprefix(".") in ENDINGS or path.name in ("Makefile", "run"):
            yield name, path.read_text(encoding="utf-8")


def dead(text: str, *, at: str = "README.md") -> Iterator[str]:
    """The things that the text in the file `at` names and that are not there."""
    yield from (name for name in NAMED_BY_ENDING.findall(text) if not is_end_of_a_path(name))
    yield from (name for name in NAMED_BY_FOLDER.findall(text) if not is_path(name.rstrip(".")))
    yield from (name for name in NAMED_WITH_DOTS.findall(text) if not is_symbol(name))
    yield from NO_PAGE.findall(text)
    for page, heading in HEADING.findall(text):
        named = [text for name, text in pages() if name == page]
        if not any(f"# {heading}\n" in text for text in named):
            yield f"{page}, {heading}"
    if at.endswith(".md"):
        folder = (ROOT / at).parent
        yield from (link for link in LINK.findall(text) if not (folder / link).exists())


@cache
def pages() -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in texts() if name.endswith(".md"))


@cache
def ends_of_paths() -> frozenset[str]:
    parts = (path.split("/") for path in files())
    return frozenset("/".join(each[start:]) for each in parts for start in range(len(each)))


def is_end_of_a_path(name: str) -> bool:
    """As in a table that says once in which folder it is."""
    return name in ends_of_paths() or name in OF_OTHERS


@cache
def is_path(name: str) -> bool:
    """Whether it names a file or a folder; decisions have numbers, several files an asterisk."""
    if "*" in name:
        return any(ROOT.glob(name))
    return is_end_of_a_path(name) or any(end.startswith(name) for end in ends_of_paths())


@cache
def is_symbol(name: str) -> bool:
    """A module, what one holds, or what Django names so: a permission, a check, a model."""
    first, *rest = name.split(".")
    place = ROOT / first
    while rest and (place / rest[0]).is_dir():
        place /= rest.pop(0)
    if rest and (place / f"{rest[0]}.py").is_file():
        place /= f"{rest.pop(0)}.py"
    if not rest or rest[0] in ENDINGS or OF_SCRIPTS.search(rest[0]):
        return True
    if place.is_file():
        return bool(re.search(rf"\b{rest[0]}\b", place.read_text(encoding="utf-8")))
    return place == ROOT / first and is_name_of_app(first, rest[0])


def is_name_of_app(app: str, name: str) -> bool:
    if OF_DJANGO.match(name) or (ROOT / app / "migrations" / f"{name}.py").is_file():
        return True
    known = re.compile(rf"class {name}\b|\"{app}\.{name}\"|\(\"{name}\", ")
    return any(known.search(path.read_text()) for path in (ROOT / app).rglob("*.py"))


def test_no_text_points_to_what_is_not_there() -> None:
    found = {name: sorted(set(dead(text, at=name))) for name, text in texts()}
    del found["tests/pure/test_pointers.py"]
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see `docs/decisions/0099`",
        "see domains.md",
        "`orders/guards.py` says it",
        "`orders.guards`",
        "`orders.rules.moves.TABLE`",
        "(`orders.allow_order`)",
        'docs/domain.md, "Weather"',
        'domain: "Ordering"',
        'seas.md, "Ordering"',
        "[the map](docs/map.md)",
        "`templates/parts/nothing*`",
    ],
)
def test_a_dead_pointer_is_found(text: str) -> None:
    assert list(dead(text))


@pytest.mark.parametrize(
    "text",
    [
        "see docs/decisions/0008",
        "`orders/rules/moves.py`, `MOVES`",
        "`orders.rules.moves.MOVES`, `orders.issue_order`, `companies.E001`",
        'docs/domain.md, "Ordering"',
        "[the map](docs/architecture.md#the-rooms)",
        "`templates/mail/confirmation.*`",
        "`../desk/test_people.py`",
    ],
)
def test_a_live_one_is_not(text: str) -> None:
    assert list(dead(text)) == []
