"""The table of goals: its rows in their order, what this run found, and what was found before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.plan import Plan

BEFORE = Path(__file__).with_name("before.json")  # the commit before the goals were set


@dataclass(frozen=True, slots=True)
class Found:
    text: str  # the figures, as the table has them
    how: str  # in one line, how they were taken
    more: Sequence[str] = ()  # lines below the table


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    goal: str
    measure: Callable[[Plan], Found]
    writes: bool = False  # into the databases that other rows read


def told(rows: Sequence[Row], found: Mapping[str, Found], plan: Plan) -> str:
    before = _before(plan)
    lines = ["| | goal | now | before |", "|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.goal} | {found[row.name].text} | {before.get(row.name, '–')} |"
        for row in rows
    ]
    for row in rows:
        lines += ["", f"{row.name}: {found[row.name].how}"]
        lines += [f"  {line}" for line in found[row.name].more]
    return "\n".join(lines)


def keep(rows: Sequence[Row], found: Mapping[str, Found], plan: Plan) -> None:
    """Keeps the figures of this run as those before."""
    kept = json.loads(BEFORE.read_text()) if BEFORE.exists() else {}
    kept[plan.name] = {row.name: found[row.name].text for row in rows}
    BEFORE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def _before(plan: Plan) -> dict[str, str]:
    kept: dict[str, dict[str, str]] = json.loads(BEFORE.read_text()) if BEFORE.exists() else {}
    return kept.get(plan.name, {})
