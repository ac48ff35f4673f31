"""The README stays true: its tables name what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "portal/settings.py").read_text()


def section(title: str) -> str:
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_configuration_table_lists_every_variable_that_is_read() -> None:
    read = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', SETTINGS))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", section("Configuration"), re.M))
    assert listed == read


def test_every_place_that_is_named_exists() -> None:
    named = re.findall(r"`([\w./]+(?:/|\.\w+))`", section("Where is …"))
    assert [place for place in named if not (ROOT / place).exists()] == ["tokens.css"]


def test_the_screenshot_is_there() -> None:
    shown = re.findall(r"!\[.*?\]\((.*?)\)", README, re.S)
    assert shown
    assert all((ROOT / picture).is_file() for picture in shown)
