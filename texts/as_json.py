"""Our dataclasses as JSON has them, and back again: the one place that knows how.

Days and moments are ISO 8601, an enum is its value, a tuple is a list, a dataclass an object of its
fields. What is stored may lack a field that has a default: it was added later. What it has besides
is not read. Each kind of a union is told by its code, under "kind", so that a class may get
another name.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, TypeVar, overload

from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

Value = TypeVar("Value")

_converter = make_converter(detailed_validation=False)  # the first thing that is wrong is enough


def told_by_code(union: UnionType) -> UnionType:
    """Each of its classes has a `code` of its own."""
    configure_tagged_union(union, _converter, tag_name="kind", tag_generator=_code)
    return union


def to_json(value: object, kind: Any = None) -> Any:
    """For a JSON column, or a file of another program's. `kind` says of which union it is one."""
    return _converter.unstructure(value, kind)


@overload
def from_json(stored: Any, kind: type[Value]) -> Value: ...
@overload
def from_json(stored: Any, kind: UnionType) -> Any: ...
def from_json(stored: Any, kind: Any) -> Any:
    """Raises KeyError for what lacks a field, or is of a kind that there is not."""
    return _converter.structure(stored, kind)


def _code(kind: Any) -> str:
    return str(kind.code)
