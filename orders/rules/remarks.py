"""Stores guards and warnings with their order, and reads them again."""

from collections.abc import Mapping
from typing import Any

from orders.rules.problems import Remark
from texts import as_json

_REMARK = as_json.told_by_code(Remark)


def to_json(remark: Remark) -> dict[str, Any]:
    """Told by its code, under "kind"."""
    stored: dict[str, Any] = as_json.to_json(remark, _REMARK)
    return stored


def from_json(stored: Mapping[str, Any]) -> Remark:
    """The stored remark. Raises KeyError for a kind that does not exist."""
    remark: Remark = as_json.from_json(stored, _REMARK)
    return remark
