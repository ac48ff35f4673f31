"""The facts of a long order."""

from __future__ import annotations

import datetime as dt
from typing import Any

from licensing.serial_policy import Action
from notifications.confirmation.facts import HeldFact, LineFact


def sixty_lines() -> dict[str, Any]:
    """An order with as many lines, each with an end of its own."""
    first = dt.date(2027, 11, 23)
    ends = [first + dt.timedelta(days=days) for days in range(60)]
    return {
        "lines": tuple(
            LineFact(Action.ADD, units, "VS-ES1", 10, 10 + units, last_day=end)
            for units, end in enumerate(ends, 1)
        ),
        "held": tuple(HeldFact("VS-ES1", units, end) for units, end in enumerate(ends, 1)),
    }
