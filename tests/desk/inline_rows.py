"""The rows of a list inside one of the admin's forms."""

from __future__ import annotations

from typing import Any


def rows(prefix: str, given: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {"TOTAL_FORMS": len(given), "INITIAL_FORMS": sum("id" in row for row in given)}
    fields = {
        f"{number}-{name}": value for number, row in enumerate(given) for name, value in row.items()
    }
    return {f"{prefix}-{name}": value for name, value in {**counts, **fields}.items()}
