"""Our dataclasses as JSON has them, and back again: the one place that knows how.

Days and moments are ISO 8601, an enum is its value, a tuple is a list, a dataclass an object of its
fields. What is stored may lack a field that has a default: it was added later. What it has besides
is not read.
"""

from __future__ import annotations

from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

Value = TypeVar("Value")

_converter = make_converter(detailed_validation=False)  # the first thing that is wrong is enough


def to_json(value: object) -> Any:
    """For a JSON column, or a file of another program's."""
    return _converter.unstructure(value)


def from_json(stored: Any, kind: type[Value]) -> Value:
    """Raises KeyError for what lacks a field."""
    return _converter.structure(stored, kind)
