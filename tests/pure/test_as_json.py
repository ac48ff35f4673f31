"""Dataclasses as JSON, where each kind of a union is told by its code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import UnionType
from typing import ClassVar

import pytest

from texts.as_json import from_json, to_json, told_by_code


@dataclass(frozen=True)
class Paid:
    code: ClassVar[str] = "paid"
    on: dt.date


@dataclass(frozen=True)
class Free:
    code: ClassVar[str] = "free"
    reason: str = ""


def test_each_kind_of_a_union_is_told_by_its_code() -> None:
    union: UnionType = Paid | Free  # type: ignore[assignment] # of plain classes, to mypy
    either = told_by_code(union)
    assert either == union
    paid = Paid(dt.date(2026, 11, 24))
    assert to_json(paid, either) == {"kind": "paid", "on": "2026-11-24"}
    assert from_json({"kind": "paid", "on": "2026-11-24"}, either) == paid
    assert from_json({"kind": "free", "came_later": 1}, either) == Free()
    with pytest.raises(KeyError):
        from_json({"kind": "Paid", "on": "2026-11-24"}, either)
