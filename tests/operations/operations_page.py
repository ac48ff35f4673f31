"""The blocks of docs/operations.md that are marked to be run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh drill=([a-z-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> dict[str, str]:
    """By name, in the order of the page."""
    found = BLOCK.findall((ROOT / "docs" / "operations.md").read_text())
    assert len(dict(found)) == len(found)
    return dict(found)


def procfile() -> dict[str, str]:
    lines = (ROOT / "docs" / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def unit_commands() -> dict[str, str]:
    """The commands that systemd starts, by unit."""
    units = (ROOT / "docs" / "systemd").glob("*.service")
    found = {unit.name: re.findall("^ExecStart=(.*)$", unit.read_text(), re.M) for unit in units}
    return {name: command for name, [command] in found.items()}
